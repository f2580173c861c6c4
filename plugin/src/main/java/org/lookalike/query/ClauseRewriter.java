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
    boolean floats;
    try {
      searched = targets.of(context, clause.field());
      floats = targets.knows(context) && searched.stream().noneMatch(VectorField::bytes);
    } catch (RuntimeException error) {
      listener.onFailure(error);
      return;
    }
    ActionListener<List<float[]>> toQuery =
        ActionListener.map(
            listener,
            vectors ->
                KnnClause.of(
                    clause, floats ? vectors : rounded(vectors), context.getXContentRegistry()));
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
   * What indices of bytes store. Where they are searched together with indices of floats, or it is
   * not known what other clusters store, it serves both, for rounding hardly turns a vector.
   */
  private static List<float[]> rounded(List<float[]> vectors) {
    return vectors.stream().map(ByteQuantiser::toBytes).toList();
  }
}
