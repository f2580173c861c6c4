package org.lookalike.query;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.search.Query;
import org.opensearch.common.SetOnce;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryRewriteContext;
import org.opensearch.index.query.QueryShardContext;

/**
 * The query clause {@code lookalike}: pictures like this one. It never reaches a shard: on the
 * coordinating node it becomes the {@code knn} clauses of the picture's vectors.
 */
public final class LookalikeQueryBuilder extends AbstractQueryBuilder<LookalikeQueryBuilder> {
  public static final String NAME = "lookalike";

  private final LookalikeClause clause;
  private final ClauseRewriter rewriter;
  // Set while the vectors are being fetched; empty until they are there.
  private final SetOnce<QueryBuilder> rewritten;

  LookalikeQueryBuilder(LookalikeClause clause, ClauseRewriter rewriter) {
    this(clause, rewriter, null);
  }

  private LookalikeQueryBuilder(
      LookalikeClause clause, ClauseRewriter rewriter, SetOnce<QueryBuilder> rewritten) {
    this.clause = clause;
    this.rewriter = rewriter;
    this.rewritten = rewritten;
  }

  public LookalikeQueryBuilder(StreamInput in, ClauseRewriter rewriter) throws IOException {
    super(in);
    this.clause = new LookalikeClause(in);
    this.rewriter = rewriter;
    this.rewritten = null;
  }

  /** Read what stands behind the clause's name. */
  public static LookalikeQueryBuilder parse(XContentParser parser, ClauseRewriter rewriter)
      throws IOException {
    return LookalikeClauseParser.parse(parser, rewriter);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    clause.writeTo(out);
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME).startObject(clause.field());
    clause.toXContent(builder, params);
    printBoostAndQueryName(builder);
    builder.endObject().endObject();
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) {
    if (rewritten != null) {
      return rewritten.get() == null ? this : rewritten.get();
    }
    if (context.convertToShardContext() != null) {
      return this; // doToQuery says what is wrong
    }
    SetOnce<QueryBuilder> result = new SetOnce<>();
    context.registerAsyncAction(
        (client, listener) ->
            rewriter.rewrite(
                clause,
                context,
                client,
                ActionListener.map(
                    listener,
                    query -> {
                      result.set(query.boost(boost).queryName(queryName));
                      return null;
                    })));
    return new LookalikeQueryBuilder(clause, rewriter, result).boost(boost).queryName(queryName);
  }

  @Override
  protected Query doToQuery(QueryShardContext context) {
    throw new IllegalArgumentException(
        "[lookalike] is embedded where a search arrives and cannot stand in what shards keep, such as the filter of an alias"
            + " or a percolator's query");
  }

  @Override
  protected boolean doEquals(LookalikeQueryBuilder other) {
    return clause.equals(other.clause);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(clause);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }
}
