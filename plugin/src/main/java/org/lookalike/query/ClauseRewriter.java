package org.lookalike.query;

import java.util.List;
import org.lookalike.embed.QueryEmbedder;
import org.lookalike.index.ModelChoice;
import org.lookalike.index.SearchTargets;
import org.lookalike.index.VectorField;
import org.lookalike.model.ByteQuantiser;
import org.lookalike.model.Encoder;
import org.opensearch.action.StepListener;
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
    StoredVectors stored = new StoredVectors(clause.field(), searched, targets, client);
    try {
      if (clause.moreLike().isEmpty() && clause.lessLike().isEmpty()) {
        ask(clause, searched, stored, toQuery);
      } else {
        refine(clause, searched, stored, toQuery);
      }
    } catch (RuntimeException error) {
      listener.onFailure(error);
    }
  }

  /** The vectors of the picture that is asked about. */
  private void ask(
      LookalikeClause clause,
      List<VectorField> searched,
      StoredVectors stored,
      ActionListener<List<float[]>> listener) {
    if (clause.like() != null) {
      stored.fetch("like", clause.like(), ActionListener.map(listener, List::of));
    } else {
      Encoder encoder = models.choose(clause.model(), searched);
      embedder.embed(clause.image(), encoder, clause.region(), clause.views(), listener);
    }
  }

  /** The same, moved by the examples, which are read first, for they cost less. */
  private void refine(
      LookalikeClause clause,
      List<VectorField> searched,
      StoredVectors stored,
      ActionListener<List<float[]>> listener) {
    if (clause.image() != null) {
      stored.compareWith(models.choose(clause.model(), searched).artefact());
    }
    StepListener<List<float[]>> more = new StepListener<>();
    StepListener<List<float[]>> less = new StepListener<>();
    more.whenComplete(
        read -> stored.fetchAll("less_like", clause.lessLike(), less), listener::onFailure);
    less.whenComplete(
        read -> {
          Examples examples = new Examples(more.result(), read);
          ask(
              clause,
              searched,
              stored,
              ActionListener.map(
                  listener, vectors -> vectors.stream().map(examples::refine).toList()));
        },
        listener::onFailure);
    stored.fetchAll("more_like", clause.moreLike(), more);
  }

  /**
   * What indices of bytes store. Where they are searched together with indices of floats, or it is
   * not known what other clusters store, it serves both, for rounding hardly turns a vector.
   */
  private static List<float[]> rounded(List<float[]> vectors) {
    return vectors.stream().map(ByteQuantiser::toBytes).toList();
  }
}
