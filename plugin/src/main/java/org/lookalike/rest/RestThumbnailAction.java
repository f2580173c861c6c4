package org.lookalike.rest;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestResponseListener;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code GET /_plugins/_lookalike/{index}/thumbnail/{id}}: the small JPEG that a document holds,
 * for Dashboards and pages; read with the permissions of whoever asks.
 */
public final class RestThumbnailAction extends BaseRestHandler {
  private static final String FIELD = "thumbnail";
  private static final String JPEG = "image/jpeg";

  @Override
  public String getName() {
    return "lookalike_thumbnail";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(RestRequest.Method.GET, "/_plugins/_lookalike/{index}/thumbnail/{id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    GetRequest get =
        new GetRequest(request.param("index"), request.param("id"))
            .routing(request.param("routing"))
            .fetchSourceContext(new FetchSourceContext(true, new String[] {FIELD}, new String[0]));
    return channel ->
        client.get(
            get,
            new RestResponseListener<>(channel) {
              @Override
              public RestResponse buildResponse(GetResponse found) {
                return answer(found);
              }
            });
  }

  private static RestResponse answer(GetResponse found) {
    String document = "[" + found.getIndex() + "/" + found.getId() + "]";
    if (found.isExists() == false) {
      throw new OpenSearchStatusException("no document " + document, RestStatus.NOT_FOUND);
    }
    Map<String, Object> source = found.getSourceAsMap(); // null where the index keeps none
    if (source != null && source.get(FIELD) instanceof String base64) {
      BytesRestResponse response =
          new BytesRestResponse(RestStatus.OK, JPEG, new BytesArray(decoded(base64, document)));
      // Whatever the field holds, a browser must take it for a picture and nothing else.
      response.addHeader("X-Content-Type-Options", "nosniff");
      return response;
    }
    throw new OpenSearchStatusException(
        "document " + document + " has no [" + FIELD + "]: it was indexed without",
        RestStatus.NOT_FOUND);
  }

  private static byte[] decoded(String base64, String document) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException error) {
      throw new OpenSearchStatusException(
          "[" + FIELD + "] of document " + document + " is not base64", RestStatus.NOT_FOUND);
    }
  }
}
