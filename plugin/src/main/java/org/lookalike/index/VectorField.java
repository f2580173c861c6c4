package org.lookalike.index;

import java.util.Map;
import org.lookalike.model.Artefact;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.MappingMetadata;

/**
 * A {@code knn_vector} field of one index, and the model that the index records.
 *
 * @param bytes whether vectors are stored as signed bytes
 * @param modelName the recorded model's name, or null if the index records none
 * @param modelSha256 the recorded model's hash, or null
 */
public record VectorField(
    String index,
    String field,
    int dimension,
    boolean bytes,
    String modelName,
    String modelSha256) {

  /** Read a field from an index's mapping; null if the index has no such field of vectors. */
  public static VectorField in(IndexMetadata index, String field) {
    MappingMetadata mapping = index.mapping();
    if (mapping == null) {
      return null;
    }
    Map<String, Object> source = mapping.sourceAsMap();
    Map<String, Object> found = find(source, field);
    if (found != null && "alias".equals(found.get("type"))) {
      found = find(source, String.valueOf(found.get("path")));
    }
    if (found == null
        || "knn_vector".equals(found.get("type")) == false
        || found.get("dimension") instanceof Number == false) {
      return null;
    }
    Map<String, Object> recorded = object(object(source, "_meta"), "lookalike");
    return new VectorField(
        index.getIndex().getName(),
        field,
        ((Number) found.get("dimension")).intValue(),
        "byte".equalsIgnoreCase(String.valueOf(found.get("data_type"))), // k-NN keeps capitals
        recorded.get("model") instanceof String name ? name : null,
        recorded.get("sha256") instanceof String sha256 ? sha256 : null);
  }

  /** The recorded model as it is named to people, or null. */
  public String model() {
    return modelSha256 == null ? null : Artefact.identity(String.valueOf(modelName), modelSha256);
  }

  private static Map<String, Object> find(Map<String, Object> mapping, String field) {
    Map<String, Object> at = mapping;
    for (String part : field.split("\\.")) {
      at = object(object(at, "properties"), part);
    }
    return at.isEmpty() ? null : at;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<String, Object> from, String key) {
    return from.get(key) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }
}
