package org.lookalike.query;

import java.util.List;
import java.util.Map;
import org.lookalike.index.SearchTargets;
import org.lookalike.index.VectorField;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.transport.client.Client;

/** Reads the vector of an indexed picture, with the permissions of whoever asks. */
final class StoredVector {
  // With this header the security plugin marks a search to which it has added the query that says
  // what a role may see, and then lets every read within that search pass.
  private static final String READS_UNCHECKED = "_opendistro_security_filter_level_dls_done";

  private StoredVector() {}

  /**
   * Fails with an {@link IllegalArgumentException} if there is no such document or vector, or it
   * cannot be compared, and with a 403 where what the caller may not see would be read.
   */
  static void fetch(
      LookalikeClause clause,
      List<VectorField> searched,
      SearchTargets targets,
      Client client,
      ActionListener<List<float[]>> listener) {
    LikeDocument like = clause.like();
    String field = like.field() == null ? clause.field() : like.field();
    if (client.threadPool().getThreadContext().getHeader(READS_UNCHECKED) != null) {
      throw new OpenSearchStatusException(
          "[like] is not for roles whose document-level security looks terms up in other documents, for then it could"
              + " read hidden ones: give [image] instead",
          RestStatus.FORBIDDEN);
    }
    GetRequest request = new GetRequest(like.index(), like.id()).routing(like.routing());
    request.fetchSourceContext(new FetchSourceContext(true, new String[] {field}, new String[0]));
    client.get(
        request,
        ActionListener.map(
            listener,
            response -> {
              // Looked up only now: whoever may not read the document learns nothing of its index
              // either.
              requireComparable(targets.in(response.getIndex(), field), searched);
              return List.of(vector(response, field, searched));
            }));
  }

  private static void requireComparable(VectorField from, List<VectorField> searched) {
    for (VectorField to : searched) {
      if (from != null
          && from.modelSha256() != null
          && to.modelSha256() != null
          && from.modelSha256().equals(to.modelSha256()) == false) {
        throw new IllegalArgumentException(
            "[like] names a picture of index ["
                + from.index()
                + "] with vectors of model ["
                + from.model()
                + "], index ["
                + to.index()
                + "] holds vectors of model ["
                + to.model()
                + "]: vectors of two models cannot be compared");
      }
    }
  }

  private static float[] vector(GetResponse response, String field, List<VectorField> searched) {
    String place = "[" + response.getIndex() + "/" + response.getId() + "]";
    if (response.isExists() == false) {
      throw new IllegalArgumentException("[like] found no document " + place);
    }
    Object value = response.getSourceAsMap();
    for (String part : field.split("\\.")) {
      value = value instanceof Map<?, ?> object ? object.get(part) : null;
    }
    if (value instanceof List<?> numbers && numbers.stream().allMatch(Number.class::isInstance)) {
      float[] vector = new float[numbers.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = ((Number) numbers.get(i)).floatValue();
      }
      searched.forEach(target -> requireLength(vector, target, place));
      return vector;
    }
    throw new IllegalArgumentException(
        "[like] found no single vector in field ["
            + field
            + "] of document "
            + place
            + ": name the field of one with [field]");
  }

  private static void requireLength(float[] vector, VectorField target, String place) {
    if (vector.length != target.dimension()) {
      throw new IllegalArgumentException(
          "[like] found a vector of ["
              + vector.length
              + "] numbers in document "
              + place
              + ", field ["
              + target.field()
              + "] of index ["
              + target.index()
              + "] holds ["
              + target.dimension()
              + "]");
    }
  }
}
