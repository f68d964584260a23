// Apache Iceberg's own REST catalog, listening on 127.0.0.1 only: its RESTCatalogServer has no authentication and
// binds to every interface, which is no thing to do on a laptop. Same servlet, same settings (CATALOG_*, REST_PORT).
package org.apache.iceberg.rest;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.gzip.GzipHandler;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public final class LoopbackCatalogServer {
  private static final Logger LOG = LoggerFactory.getLogger(LoopbackCatalogServer.class);

  private LoopbackCatalogServer() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> config = RCKUtils.environmentCatalogConfig();
    Catalog catalog = CatalogUtil.buildIcebergCatalog("rest_backend", config, new Configuration());
    RESTServerCatalogAdapter adapter =
        new TellingAdapter(new RESTCatalogServer.CatalogContext(catalog, config));
    ServletContextHandler handler = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
    handler.addServlet(new ServletHolder(new RESTCatalogServlet(adapter)), "/*");
    handler.insertHandler(new GzipHandler());
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
    server.setHandler(handler);
    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }

  // The servlet logs a stack trace for whatever is not found, and Trino asks for a view of the name of each table that
  // it reads. That logger is turned off; what is a fault of the catalog is told here.
  private static final class TellingAdapter extends RESTServerCatalogAdapter {
    TellingAdapter(RESTCatalogServer.CatalogContext context) {
      super(context);
    }

    @Override
    protected <T extends RESTResponse> T execute(
        HTTPRequest request,
        Class<T> responseType,
        Consumer<ErrorResponse> errorHandler,
        Consumer<Map<String, String>> responseHeaders) {
      return super.execute(
          request,
          responseType,
          error -> {
            if (error.code() >= 500) {
              LOG.error("{} {}: {}", request.method(), request.path(), error);
            }
            errorHandler.accept(error);
          },
          responseHeaders);
    }
  }
}
