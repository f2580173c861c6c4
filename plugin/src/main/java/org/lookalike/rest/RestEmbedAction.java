package org.lookalike.rest;

import java.io.IOException;
import java.util.List;
import org.lookalike.action.EmbedAction;
import org.lookalike.action.EmbedRequest;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code POST /_plugins/_lookalike/embed}: the embedding of a picture. */
public final class RestEmbedAction extends BaseRestHandler {
  @Override
  public String getName() {
    return "lookalike_embed";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.POST, "/_plugins/_lookalike/embed"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    try (XContentParser parser = request.contentParser()) {
      EmbedRequest embed = EmbedRequest.parse(parser);
      return channel ->
          client.execute(EmbedAction.INSTANCE, embed, new RestToXContentListener<>(channel));
    }
  }
}
