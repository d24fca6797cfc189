package erp;

import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.servlet.DispatcherType;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.h2.jdbcx.JdbcConnectionPool;
import org.teiid.core.TeiidProcessingException;
import org.teiid.jdbc.ConnectionImpl;
import org.teiid.jdbc.TeiidDriver;
import org.teiid.odata.api.Client;
import org.teiid.odbc.ODBCServerRemoteImpl;
import org.teiid.olingo.service.LocalClient;
import org.teiid.olingo.web.ODataFilter;
import org.teiid.olingo.web.ODataServlet;
import org.teiid.olingo.web.gzip.GzipFilter;
import org.teiid.runtime.EmbeddedConfiguration;
import org.teiid.runtime.EmbeddedServer;
import org.teiid.translator.jdbc.h2.H2ExecutionFactory;

/**
 * Serves the CSV files of a directory as an OData V4 service on loopback: Jetty in front, Teiid's OData layer and SQL
 * engine in the middle, an in-memory H2 database behind. Nothing here interprets OData: that is Teiid's and Olingo's.
 *
 * Usage: Teiid PORT CSVDIR [PAGESIZE]. Port 0 picks one. Prints "ready URL", and ends when its standard input ends,
 * so that it cannot outlive whoever started it.
 */
public final class Teiid {
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        Path csv = Path.of(args[1]);
        String pageSize = args.length > 2 ? args[2] : "500";

        // One line for what goes wrong is enough; what goes right is told by the answers.
        Logger.getLogger("").setLevel(Level.WARNING);
        JdbcConnectionPool h2 = JdbcConnectionPool.create("jdbc:h2:mem:erp;DB_CLOSE_DELAY=-1", "sa", "");
        try (Connection c = h2.getConnection()) {
            Rows.load(c, csv);
        }
        EmbeddedServer teiid = new EmbeddedServer();
        teiid.start(new EmbeddedConfiguration());
        teiid.addTranslator(H2ExecutionFactory.class);
        teiid.addConnectionFactory("h2db", h2);
        try (InputStream ddl = Teiid.class.getResourceAsStream("/teiid.ddl")) {
            teiid.deployVDB(ddl, true);
        }

        Server http = new Server();
        ServerConnector connector = new ServerConnector(http);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        http.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler(http, "/odata");
        context.addFilter(GzipFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
        FilterHolder filter = new FilterHolder(new EmbeddedFilter(teiid.getDriver()));
        filter.setInitParameter("vdb-name", "erp");
        filter.setInitParameter("vdb-version", "1");
        filter.setInitParameter(Client.BATCH_SIZE, pageSize);
        context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
        context.addServlet(new ServletHolder(new ODataServlet()), "/*");
        http.start();
        System.out.println("ready http://127.0.0.1:" + connector.getLocalPort() + "/odata/erp");

        while (System.in.read() >= 0) {
            // only the end of the input matters
        }
        http.stop();
        teiid.stop();
        h2.dispose();
        System.exit(0);
    }

    /** Teiid's filter, on the embedded engine instead of an application server's. */
    private static final class EmbeddedFilter extends ODataFilter {
        private final TeiidDriver driver;
        private final Map<Object, Future<Boolean>> loading = new ConcurrentHashMap<>();

        EmbeddedFilter(TeiidDriver driver) {
            this.driver = driver;
        }

        @Override
        public Client buildClient(String vdb, String version, Properties properties) {
            return new EmbeddedClient(driver, vdb, version, properties, loading);
        }
    }

    private static final class EmbeddedClient extends LocalClient {
        private final TeiidDriver driver;
        private final String vdb;
        private final String version;
        private final Properties properties;

        EmbeddedClient(TeiidDriver driver, String vdb, String version, Properties properties, Map<Object, Future<Boolean>> loading) {
            super(vdb, version, properties, loading);
            this.driver = driver;
            this.vdb = vdb;
            this.version = version;
            this.properties = properties;
        }

        @Override
        public Connection open() throws SQLException, TeiidProcessingException {
            connection = buildConnection(driver, vdb, version, properties);
            ODBCServerRemoteImpl.setConnectionProperties((ConnectionImpl) connection);
            ODBCServerRemoteImpl.setConnectionProperties((ConnectionImpl) connection, properties);
            getVDB();
            return connection;
        }
    }
}
