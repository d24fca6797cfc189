package erp;

import java.nio.file.Path;
import java.sql.Connection;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.persistence.EntityManagerFactory;
import javax.persistence.Persistence;
import javax.servlet.http.HttpServletRequest;

import org.apache.olingo.odata2.api.ODataServiceFactory;
import org.apache.olingo.odata2.core.servlet.ODataServlet;
import org.apache.olingo.odata2.jpa.processor.api.ODataJPAContext;
import org.apache.olingo.odata2.jpa.processor.api.ODataJPAServiceFactory;
import org.apache.olingo.odata2.jpa.processor.api.exception.ODataJPARuntimeException;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.h2.jdbcx.JdbcConnectionPool;

/**
 * Serves the CSV files of a directory as an OData V2 service on loopback: Jetty in front, Apache Olingo 2 with its JPA
 * processor in the middle, EclipseLink and an in-memory H2 database behind. Nothing here interprets OData: that is
 * Olingo's.
 *
 * Usage: Olingo2 PORT CSVDIR [PAGESIZE]. Port 0 picks one; page size 0, the default, gives sets whole. Prints
 * "ready URL", and ends when its standard input ends, so that it cannot outlive whoever started it.
 */
public final class Olingo2 {
    private Olingo2() {
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int pageSize = args.length > 2 ? Integer.parseInt(args[2]) : 0;
        // One line for what goes wrong is enough; what goes right is told by the answers.
        Logger.getLogger("").setLevel(Level.WARNING);
        JdbcConnectionPool h2 = JdbcConnectionPool.create("jdbc:h2:mem:erp;DB_CLOSE_DELAY=-1;DATABASE_TO_UPPER=FALSE;CASE_INSENSITIVE_IDENTIFIERS=TRUE", "sa", "");
        try (Connection c = h2.getConnection()) {
            Rows.load(c, Path.of(args[1]));
        }
        // EclipseLink writes names without quotes, which is why the database takes them in any case.
        Map<String, Object> properties = new HashMap<>();
        properties.put("javax.persistence.nonJtaDataSource", h2);
        EntityManagerFactory entities = Persistence.createEntityManagerFactory("erp", properties);

        Server http = new Server();
        ServerConnector connector = new ServerConnector(http);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        http.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler(http, "/odata");
        context.addServlet(new ServletHolder(new Endpoint(entities, pageSize)), "/erp.svc/*");
        http.start();
        System.out.println("ready http://127.0.0.1:" + connector.getLocalPort() + "/odata/erp.svc");

        while (System.in.read() >= 0) {
            // only the end of the input matters
        }
        http.stop();
        entities.close();
        h2.dispose();
        System.exit(0);
    }

    @SuppressWarnings("serial")
    private static final class Endpoint extends ODataServlet {
        private final EntityManagerFactory entities;
        private final int pageSize;

        Endpoint(EntityManagerFactory entities, int pageSize) {
            this.entities = entities;
            this.pageSize = pageSize;
        }

        @Override
        protected ODataServiceFactory getServiceFactory(HttpServletRequest request) {
            // A factory keeps the state of one request.
            return new ODataJPAServiceFactory() {
                @Override
                public ODataJPAContext initializeODataJPAContext() throws ODataJPARuntimeException {
                    ODataJPAContext c = getODataJPAContext();
                    c.setEntityManagerFactory(entities);
                    c.setPersistenceUnitName("erp");
                    c.setJPAEdmMappingModel("olingo2-mapping.xml");
                    c.setPageSize(pageSize);
                    setDetailErrors(true);
                    return c;
                }
            };
        }
    }
}
