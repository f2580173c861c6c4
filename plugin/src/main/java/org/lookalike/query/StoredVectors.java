package org.lookalike.query;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.lookalike.index.SearchTargets;
import org.lookalike.index.VectorField;
import org.lookalike.model.Artefact;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.transport.client.Client;

/** Reads the vectors of indexed pictures, with the permissions of whoever asks. */
final class StoredVectors {
  // With this header the security plugin marks a search to which it has added the query that says
  // what a role may see, and then lets every read within that search pass.
  private static final String READS_UNCHECKED = "_opendistro_security_filter_level_dls_done";

  private final String field;
  private final List<VectorField> searched;
  private final SearchTargets targets;
  private final Client client;
  // The first model that is known to have made a vector of this query.
  private final AtomicReference<Model> model = new AtomicReference<>();

  private record Model(String sha256, String identity) {}

  /**
   * @param field where a vector is stored if a document does not say
   * @param searched what it must be comparable with
   * @param client acts with the caller's permissions
   */
  StoredVectors(String field, List<VectorField> searched, SearchTargets targets, Client client) {
    this.field = field;
    this.searched = searched;
    this.targets = targets;
    this.client = client;
  }

  /** Say which model embeds the picture that is asked about; before anything is fetched. */
  void compareWith(Artefact embedding) {
    model.set(new Model(embedding.sha256(), embedding.identity()));
  }

  /**
   * Fails with an {@link IllegalArgumentException} if there is no such document or vector, or it
   * cannot be compared, and with a 403 where what the caller may not see would be read. The
   * listener is called in the caller's context.
   *
   * @param parameter of the clause that names the document
   */
  void fetch(String parameter, LikeDocument document, ActionListener<float[]> listener) {
    ThreadContext context = client.threadPool().getThreadContext();
    if (context.getHeader(READS_UNCHECKED) != null) {
      throw new OpenSearchStatusException(
          "["
              + parameter
              + "] is not for roles whose document-level security looks terms up in other documents, for then it could"
              + " read hidden ones: give [image] instead",
          RestStatus.FORBIDDEN);
    }
    Reading reading = new Reading(parameter, document);
    GetRequest request =
        new GetRequest(document.index(), document.id()).routing(document.routing());
    request.fetchSourceContext(
        new FetchSourceContext(true, new String[] {reading.field}, new String[0]));
    client.get(
        request,
        ContextPreservingActionListener.wrapPreservingContext(
            ActionListener.map(listener, reading::vector), context));
  }

  /** Several in their order, as above; fails if one does. */
  void fetchAll(
      String parameter, List<LikeDocument> documents, ActionListener<List<float[]>> listener) {
    if (documents.isEmpty()) {
      listener.onResponse(List.of());
      return;
    }
    float[][] vectors = new float[documents.size()][];
    GroupedActionListener<Void> all =
        new GroupedActionListener<>(
            ActionListener.map(listener, done -> Arrays.asList(vectors)), vectors.length);
    for (int i = 0; i < vectors.length; i++) {
      int place = i;
      fetch(
          parameter,
          documents.get(i),
          ActionListener.map(
              all,
              vector -> {
                vectors[place] = vector;
                return null;
              }));
    }
  }

  /** One document on its way. */
  private final class Reading {
    private final String parameter;
    private final String field;
    private final Integer region;

    Reading(String parameter, LikeDocument document) {
      this.parameter = "[" + parameter + "]";
      this.field = document.field() == null ? StoredVectors.this.field : document.field();
      this.region = document.region();
    }

    float[] vector(GetResponse response) {
      // Looked up only now: whoever may not read the document learns nothing of its index either.
      requireComparable(targets.in(response.getIndex(), field));
      String place = "[" + response.getIndex() + "/" + response.getId() + "]";
      if (response.isExists() == false) {
        throw new IllegalArgumentException(parameter + " found no document " + place);
      }
      Object value = response.getSourceAsMap();
      boolean inList = false;
      for (String part : field.split("\\.")) {
        if (region != null && value instanceof List<?> objects) {
          value = inRegion(objects, place);
          inList = true;
        }
        value = value instanceof Map<?, ?> object ? object.get(part) : null;
      }
      if (region != null && inList == false) {
        throw new IllegalArgumentException(
            parameter
                + " found no list of regions in field ["
                + field
                + "] of document "
                + place
                + ": [region] is for a field like [regions.embedding]");
      }
      return numbers(value, place);
    }

    private Object inRegion(List<?> regions, String place) {
      if (region >= regions.size()) {
        throw new IllegalArgumentException(
            parameter
                + " found ["
                + regions.size()
                + "] regions in document "
                + place
                + ", none of number ["
                + region
                + "]: they are counted from 0");
      }
      return regions.get(region);
    }

    private float[] numbers(Object value, String place) {
      if (value instanceof List<?> numbers && numbers.stream().allMatch(Number.class::isInstance)) {
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
          vector[i] = ((Number) numbers.get(i)).floatValue();
        }
        searched.forEach(target -> requireLength(vector, target, place));
        return vector;
      }
      throw new IllegalArgumentException(
          parameter
              + " found no single vector in field ["
              + field
              + "] of document "
              + place
              + ": name the field of one with [field], and which of its regions with [region]");
    }

    private void requireComparable(VectorField from) {
      if (from == null || from.modelSha256() == null) {
        return;
      }
      for (VectorField to : searched) {
        if (to.modelSha256() != null && from.modelSha256().equals(to.modelSha256()) == false) {
          throw new IllegalArgumentException(
              parameter
                  + " names a picture of index ["
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
      Model own = new Model(from.modelSha256(), from.model());
      Model first = model.compareAndExchange(null, own);
      if (first != null && first.sha256().equals(own.sha256()) == false) {
        throw new IllegalArgumentException(
            parameter
                + " names a picture of index ["
                + from.index()
                + "] with vectors of model ["
                + own.identity()
                + "], what is asked for has one of model ["
                + first.identity()
                + "]: vectors of two models cannot be compared");
      }
    }

    private void requireLength(float[] vector, VectorField target, String place) {
      if (vector.length != target.dimension()) {
        throw new IllegalArgumentException(
            parameter
                + " found a vector of ["
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
}
