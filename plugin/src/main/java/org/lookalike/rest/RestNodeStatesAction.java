package org.lookalike.rest;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lookalike.action.NodeState;
import org.lookalike.action.NodeStatesAction;
import org.lookalike.action.NodeStatesRequest;
import org.lookalike.action.NodeStatesResponse;
import org.opensearch.core.common.Strings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestActions;
import org.opensearch.rest.action.RestBuilderListener;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code GET /_plugins/_lookalike/models} and {@code GET /_plugins/_lookalike/stats}: what every
 * node says, by node.
 */
public final class RestNodeStatesAction extends BaseRestHandler {
  private final String what;
  private final Function<NodeState, Map<String, Object>> part;

  private RestNodeStatesAction(String what, Function<NodeState, Map<String, Object>> part) {
    this.what = what;
    this.part = part;
  }

  /** Which models each node has, and why one cannot be used. */
  public static RestNodeStatesAction models() {
    return new RestNodeStatesAction("models", NodeState::models);
  }

  /** What each node has done with pictures. */
  public static RestNodeStatesAction stats() {
    return new RestNodeStatesAction("stats", NodeState::stats);
  }

  @Override
  public String getName() {
    return "lookalike_" + what;
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.GET, "/_plugins/_lookalike/" + what));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String[] nodes = Strings.splitStringByCommaToArray(request.param("node_id"));
    return channel ->
        client.execute(
            NodeStatesAction.INSTANCE,
            new NodeStatesRequest(nodes),
            new RestBuilderListener<NodeStatesResponse>(channel) {
              @Override
              public RestResponse buildResponse(
                  NodeStatesResponse response, XContentBuilder builder) throws Exception {
                return answer(response, builder, request);
              }
            });
  }

  private RestResponse answer(
      NodeStatesResponse response, XContentBuilder builder, ToXContent.Params params)
      throws Exception {
    builder.startObject();
    RestActions.buildNodesHeader(builder, params, response);
    builder.field("cluster_name", response.getClusterName().value());
    builder.startObject("nodes");
    for (NodeState state : response.getNodes()) {
      builder.startObject(state.getNode().getId());
      builder.field("name", state.getNode().getName());
      builder.field(what, part.apply(state));
      builder.endObject();
    }
    builder.endObject().endObject();
    return new BytesRestResponse(RestStatus.OK, builder);
  }
}
