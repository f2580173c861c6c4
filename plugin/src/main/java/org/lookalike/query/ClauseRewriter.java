package org.lookalike.query;

import java.util.List;
import org.lookalike.embed.QueryEmbedder;
import org.lookalike.index.SearchTargets;
import org.lookalike.index.VectorField;
import org.lookalike.model.ByteQuantiser;
import org.lookalike.model.Encoder;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.transport.client.Client;

/** Turns a clause into k-NN: finds out what is searched, gets the vectors, has the clause made. */
public final class ClauseRewriter {
  private final SearchTargets targets;
  private final ModelChoice models;
  private final QueryEmbedder embedder;

  public ClauseRewriter(SearchTargets targets, ModelChoice models, QueryEmbedder embedder) {
    this.targets = targets;
    this.models = models;
    this.embedder = embedder;
  }

  /**
   * @param client acts with the caller's permissions
   * @param listener gets the {@code knn} clause, or an exception that becomes a 4xx
   */
  void rewrite(
      LookalikeClause clause,
      QueryRewriteContext context,
      Client client,
      ActionListener<QueryBuilder> listener) {
    List<VectorField> searched;
    try {
      searched = targets.of(context, clause.field());
    } catch (RuntimeException error) {
      listener.onFailure(error);
      return;
    }
    ActionListener<List<float[]>> toQuery =
        ActionListener.map(
            listener,
            vectors ->
                KnnClause.of(clause, stored(vectors, searched), context.getXContentRegistry()));
    try {
      if (clause.like() != null) {
        StoredVector.fetch(clause, searched, targets, client, toQuery);
      } else {
        Encoder encoder = models.choose(clause.model(), searched);
        embedder.embed(clause.image(), encoder, clause.region(), clause.views(), toQuery);
      }
    } catch (RuntimeException error) {
      listener.onFailure(error);
    }
  }

  /**
   * The vectors as the indices store them. Where indices of floats are searched together with
   * indices of bytes, or it is not known what is searched, as in other clusters, the rounded vector
   * serves both, for rounding hardly turns it.
   */
  private static List<float[]> stored(List<float[]> vectors, List<VectorField> searched) {
    boolean floats = searched.isEmpty() == false && searched.stream().noneMatch(VectorField::bytes);
    return floats ? vectors : vectors.stream().map(ByteQuantiser::toBytes).toList();
  }
}
