package org.probe;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.transport.client.node.NodeClient;

/**
 * A plugin that, like Lookalike's, asks for no permission, and tries what such a plugin cannot do:
 * GET /_probe/{what}?where=... answers what happened.
 */
public final class ProbePlugin extends Plugin implements ActionPlugin {
  @Override
  public List<RestHandler> getRestHandlers(
      Settings settings,
      RestController restController,
      ClusterSettings clusterSettings,
      IndexScopedSettings indexScopedSettings,
      SettingsFilter settingsFilter,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<DiscoveryNodes> nodesInCluster) {
    return List.of(new Handler());
  }

  private static final class Handler extends BaseRestHandler {
    @Override
    public String getName() {
      return "probe";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.GET, "/_probe/{what}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      String what = request.param("what");
      String where = request.param("where");
      return channel ->
          channel.sendResponse(new BytesRestResponse(RestStatus.OK, outcome(what, where)));
    }
  }

  private static String outcome(String what, String where) {
    try {
      switch (what) {
        case "connect" -> {
          String[] address = where.split(":");
          new Socket(address[0], Integer.parseInt(address[1])).close();
        }
        case "read" -> Files.readAllBytes(Path.of(where));
        case "write" -> Files.writeString(Path.of(where), "x");
        case "delete" -> Files.delete(Path.of(where));
        case "run" -> new ProcessBuilder(where).start().waitFor();
        default -> throw new IllegalArgumentException(what);
      }
      return "allowed";
    } catch (Throwable problem) {
      return problem.getClass().getName() + ": " + problem.getMessage();
    }
  }
}
