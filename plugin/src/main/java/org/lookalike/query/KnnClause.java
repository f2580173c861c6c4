package org.lookalike.query;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.regex.Pattern;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParseException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.DisMaxQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * Makes the k-NN plugin's clause from a vector by writing its JSON and letting the node parse it,
 * so that nothing of that plugin is linked: any order of installation works, and without it the
 * answer is a clear 400.
 */
final class KnnClause {
  private static final String NAME = "knn";
  private static final Pattern WITHOUT_POSITION = Pattern.compile("^\\[\\d+:\\d+\\] ");

  private KnnClause() {}

  /** One {@code knn} for each vector; a hit that several find keeps its best score. */
  static QueryBuilder of(
      LookalikeClause clause, List<float[]> vectors, NamedXContentRegistry registry)
      throws IOException {
    if (vectors.size() == 1) {
      return of(clause, vectors.getFirst(), registry);
    }
    DisMaxQueryBuilder best = new DisMaxQueryBuilder();
    for (float[] vector : vectors) {
      best.add(of(clause, vector, registry));
    }
    return best;
  }

  private static QueryBuilder of(
      LookalikeClause clause, float[] vector, NamedXContentRegistry registry) throws IOException {
    XContentBuilder json = JsonXContent.contentBuilder();
    json.startObject().startObject(NAME).startObject(clause.field());
    json.array("vector", vector);
    clause.knnParameters(json).endObject().endObject().endObject();
    try (InputStream stream = BytesReference.bytes(json).streamInput();
        XContentParser parser =
            JsonXContent.jsonXContent.createParser(
                registry, LoggingDeprecationHandler.INSTANCE, stream)) {
      parser.nextToken();
      return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
    } catch (ParsingException error) {
      if (error.getMessage().startsWith("unknown query [" + NAME + "]")) {
        throw new IllegalArgumentException(
            "[lookalike] needs the plugin [opensearch-knn], which this node does not have", error);
      }
      throw error;
    } catch (XContentParseException error) {
      throw new IllegalArgumentException("[lookalike] " + reason(error), error);
    }
  }

  /** What is wrong, without the positions, which are those of the JSON made here. */
  private static String reason(XContentParseException error) {
    String reason = WITHOUT_POSITION.matcher(error.getMessage()).replaceFirst("");
    return error.getCause() == null ? reason : reason + ": " + innermost(error);
  }

  private static String innermost(Throwable error) {
    Throwable inner = error;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    return WITHOUT_POSITION.matcher(String.valueOf(inner.getMessage())).replaceFirst("");
  }
}
