package org.lookalike.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchContextId;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.index.Index;
import org.opensearch.index.query.QueryCoordinatorContext;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.transport.RemoteClusterAware;

/** Finds the fields of vectors that a request will search. */
public final class SearchTargets {
  private final ClusterService clusterService;
  private final IndexNameExpressionResolver resolver;
  private final VectorFieldCache fields = new VectorFieldCache();

  public SearchTargets(ClusterService clusterService, IndexNameExpressionResolver resolver) {
    this.clusterService = clusterService;
    this.resolver = resolver;
  }

  /**
   * The field in every index of this cluster that the request names and that has it; empty if the
   * request searches other clusters only, or does not say what it searches.
   *
   * @throws IllegalArgumentException if it names indices of this cluster and none has the field
   */
  public List<VectorField> of(QueryRewriteContext context, String field) {
    String[] expressions = localExpressions(context);
    if (expressions == null) {
      return List.of();
    }
    ClusterState state = clusterService.state();
    Index[] indices =
        resolver.concreteIndices(state, IndicesOptions.lenientExpandOpen(), true, expressions);
    List<VectorField> searched = new ArrayList<>();
    for (Index index : indices) {
      VectorField found = in(state, index, field);
      if (found != null) {
        searched.add(found);
      }
    }
    if (searched.isEmpty() && indices.length > 0) {
      throw new IllegalArgumentException(
          "no field ["
              + field
              + "] of type [knn_vector] in "
              + Arrays.stream(indices).map(Index::getName).sorted().limit(10).toList());
    }
    return searched;
  }

  /** Whether all that the request searches is in this cluster. */
  public boolean knows(QueryRewriteContext context) {
    String[] named = expressions(context);
    return named != null && Arrays.stream(named).noneMatch(SearchTargets::isElsewhere);
  }

  /** The field in the index that documents written to this name go to; null if there is none. */
  public VectorField in(String index, String field) {
    ClusterState state = clusterService.state();
    IndexAbstraction written = state.metadata().getIndicesLookup().get(index);
    return written == null || written.getWriteIndex() == null
        ? null
        : in(state, written.getWriteIndex().getIndex(), field);
  }

  private VectorField in(ClusterState state, Index index, String field) {
    IndexMetadata metadata = state.metadata().index(index);
    return metadata == null ? null : fields.in(metadata, field);
  }

  private static String[] localExpressions(QueryRewriteContext context) {
    String[] named = expressions(context);
    if (named == null) {
      return null;
    }
    String[] local =
        Arrays.stream(named).filter(name -> isElsewhere(name) == false).toArray(String[]::new);
    return local.length == 0 ? null : local;
  }

  /** What the request names, or null if that is not known. */
  private static String[] expressions(QueryRewriteContext context) {
    QueryCoordinatorContext coordinator = context.convertToCoordinatorContext();
    IndicesRequest request = coordinator == null ? null : coordinator.getSearchRequest();
    if (request == null) {
      return null;
    }
    String[] named = request.indices();
    if (request instanceof SearchRequest search && search.pointInTimeBuilder() != null) {
      String id = search.pointInTimeBuilder().getId();
      named = SearchContextId.decode(context.getWriteableRegistry(), id).getActualIndices();
    }
    return named == null || named.length == 0 ? new String[] {"_all"} : named;
  }

  private static boolean isElsewhere(String name) {
    return name.indexOf(RemoteClusterAware.REMOTE_CLUSTER_INDEX_SEPARATOR) >= 0;
  }
}
