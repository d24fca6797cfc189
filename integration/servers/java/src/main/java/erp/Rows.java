package erp;

import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Base64;

import org.h2.tools.Csv;

/** Fills an empty database with the rows of CSV files, in which the word NULL is null and "" the empty string. */
final class Rows {
    private static final String[] TABLES = {"Companies", "Customers", "Parts", "OrderHed", "OrderDtl", "Invoices"};

    private Rows() {
    }

    static void load(Connection c, Path dir) throws Exception {
        try (Statement s = c.createStatement(); InputStream ddl = Rows.class.getResourceAsStream("/tables.sql")) {
            s.execute(new String(ddl.readAllBytes(), StandardCharsets.UTF_8));
        }
        for (String table : TABLES) {
            try (Reader in = Files.newBufferedReader(dir.resolve(table + ".csv"), StandardCharsets.UTF_8)) {
                insert(c, table, in);
            }
        }
    }

    private static void insert(Connection c, String table, Reader in) throws Exception {
        Csv csv = new Csv();
        csv.setNullString("NULL");
        csv.setPreserveWhitespace(true);
        csv.setCaseSensitiveColumnNames(true);
        ResultSet rows = csv.read(in, null);
        int n = rows.getMetaData().getColumnCount();
        try (PreparedStatement p = c.prepareStatement("insert into \"" + table + "\" values (" + "?,".repeat(n - 1) + "?)")) {
            while (rows.next()) {
                for (int i = 1; i <= n; i++) {
                    String v = rows.getString(i);
                    String name = rows.getMetaData().getColumnName(i);
                    if (v != null && name.equals("Thumb")) {
                        p.setBytes(i, Base64.getDecoder().decode(v));
                    } else if (v != null && v.endsWith("Z") && v.length() >= 20 && v.charAt(10) == 'T') {
                        p.setString(i, v.substring(0, v.length() - 1).replace('T', ' '));
                    } else {
                        p.setString(i, v);
                    }
                }
                p.addBatch();
            }
            p.executeBatch();
        }
    }
}
