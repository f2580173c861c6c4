package org.lookalike.query;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.xcontent.XContentLocation;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * Reads {@code {"FIELD": {...}}}, what stands behind the clause's name. Whatever is wrong is a
 * {@link ParsingException} with its position.
 */
final class LookalikeClauseParser {
  private static final String KNOWN =
      "[image], [like], [region], [views], [k], [min_score], [max_distance], [filter], [rescore],"
          + " [method_parameters], [expand_nested_docs], [model], [boost], [_name]";

  private final XContentParser parser;
  private String image;
  private LikeDocument like;
  private Region region = Region.WHOLE;
  private Views views = Views.NONE;
  private Integer k;
  private Float minScore;
  private Float maxDistance;
  private QueryBuilder filter;
  private Object rescore;
  private Map<String, Object> methodParameters;
  private Boolean expandNestedDocs;
  private String model;
  private float boost = AbstractQueryBuilder.DEFAULT_BOOST;
  private String name;

  private LookalikeClauseParser(XContentParser parser) {
    this.parser = parser;
  }

  static LookalikeQueryBuilder parse(XContentParser parser, ClauseRewriter rewriter)
      throws IOException {
    return new LookalikeClauseParser(parser).parse(rewriter);
  }

  private LookalikeQueryBuilder parse(ClauseRewriter rewriter) throws IOException {
    XContentLocation start = parser.getTokenLocation();
    if (parser.nextToken() != Token.FIELD_NAME) {
      throw problem("expected the name of a field of vectors, as in {\"embedding\": {...}}");
    }
    String field = parser.currentName();
    if (parser.nextToken() != Token.START_OBJECT) {
      throw problem(
          "expected an object of parameters after field ["
              + field
              + "], found ["
              + parser.currentToken()
              + "]");
    }
    while (parser.nextToken() != Token.END_OBJECT) {
      readParameter(parser.currentName());
    }
    if (parser.nextToken() != Token.END_OBJECT) {
      throw problem("expected one field, found [" + field + "] and [" + parser.currentName() + "]");
    }
    try {
      LookalikeClause clause =
          new LookalikeClause(
              field,
              image,
              like,
              region,
              views,
              k,
              minScore,
              maxDistance,
              filter,
              rescore,
              methodParameters,
              expandNestedDocs,
              model);
      return new LookalikeQueryBuilder(clause, rewriter).boost(boost).queryName(name);
    } catch (IllegalArgumentException error) {
      throw new ParsingException(start, error.getMessage(), error);
    }
  }

  private void readParameter(String parameter) throws IOException {
    parser.nextToken();
    try {
      switch (parameter) {
        case "image" -> image = text(parameter);
        case "like" -> like = LikeDocument.parse(parser);
        case "region" -> region = Region.parse(parser);
        case "views" -> views = Views.named(names(parameter));
        case "k" -> k = positive(parameter, parser.intValue(true));
        case "min_score" -> minScore = finite(parameter, parser.floatValue(true));
        case "max_distance" -> maxDistance = finite(parameter, parser.floatValue(true));
        case "filter" -> filter = AbstractQueryBuilder.parseInnerQueryBuilder(parser);
        case "rescore" ->
            rescore =
                parser.currentToken() == Token.START_OBJECT
                    ? parser.map()
                    : (Object) parser.booleanValue();
        case "method_parameters" -> methodParameters = parser.map();
        case "expand_nested_docs" -> expandNestedDocs = parser.booleanValue();
        case "model" -> model = text(parameter);
        case "boost" -> boost = finite(parameter, parser.floatValue(true));
        case "_name" -> name = text(parameter);
        default -> throw problem("unknown parameter [" + parameter + "], expected one of " + KNOWN);
      }
    } catch (ParsingException positioned) {
      throw positioned;
    } catch (IllegalArgumentException | IllegalStateException error) {
      throw new ParsingException(
          parser.getTokenLocation(),
          "[lookalike] [" + parameter + "]: " + error.getMessage(),
          error);
    }
  }

  private String text(String parameter) throws IOException {
    if (parser.currentToken() != Token.VALUE_STRING) {
      throw problem("[" + parameter + "] must be a text, found [" + parser.currentToken() + "]");
    }
    return parser.text();
  }

  private List<String> names(String parameter) throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      return List.of(text(parameter));
    }
    return parser.list().stream().map(String::valueOf).toList();
  }

  private int positive(String parameter, int value) {
    if (value < 1) {
      throw problem("[" + parameter + "] must be at least 1, found [" + value + "]");
    }
    return value;
  }

  private float finite(String parameter, float value) {
    if (Float.isFinite(value) == false) {
      throw problem("[" + parameter + "] must be a finite number, found [" + value + "]");
    }
    return value;
  }

  private ParsingException problem(String message) {
    return new ParsingException(parser.getTokenLocation(), "[lookalike] " + message);
  }
}
