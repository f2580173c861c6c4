package org.lookalike.query;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.lookalike.request.Parameter;
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
  private static final String[] KNOWN = {
    "image",
    "like",
    "more_like",
    "less_like",
    "region",
    "views",
    "k",
    "min_score",
    "max_distance",
    "filter",
    "rescore",
    "method_parameters",
    "expand_nested_docs",
    "model",
    "boost",
    "_name"
  };

  private final XContentParser parser;
  private String image;
  private LikeDocument like;
  private List<LikeDocument> moreLike = List.of();
  private List<LikeDocument> lessLike = List.of();
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
    Parameter.readAll(parser, LookalikeQueryBuilder.NAME, this::read);
    if (parser.nextToken() != Token.END_OBJECT) {
      throw problem("expected one field, found [" + field + "] and [" + parser.currentName() + "]");
    }
    try {
      LookalikeClause clause =
          new LookalikeClause(
              field,
              image,
              like,
              moreLike,
              lessLike,
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
      throw new ParsingException(start, error.getMessage());
    }
  }

  private void read(Parameter parameter) throws IOException {
    switch (parameter.name()) {
      case "image" -> image = parameter.text();
      case "like" -> like = LikeDocument.read(parameter);
      case "more_like" -> moreLike = LikeDocument.readSome(parameter);
      case "less_like" -> lessLike = LikeDocument.readSome(parameter);
      case "region" -> region = Region.read(parameter);
      case "views" -> views = Views.read(parameter);
      case "k" -> k = parameter.count();
      case "min_score" -> minScore = parameter.shortNumber();
      case "max_distance" -> maxDistance = parameter.shortNumber();
      case "filter" ->
          filter =
              AbstractQueryBuilder.parseInnerQueryBuilder(
                  parameter.objectParser("must be a query"));
      case "rescore" ->
          rescore =
              parameter.isFlag()
                  ? (Object) parameter.flag()
                  : parameter.object("must be true, false or an object");
      case "method_parameters" -> methodParameters = parameter.object("must be an object");
      case "expand_nested_docs" -> expandNestedDocs = parameter.flag();
      case "model" -> model = parameter.text();
      case "boost" -> boost = notNegative(parameter);
      case "_name" -> name = parameter.text();
      default -> throw parameter.unknown(KNOWN);
    }
  }

  /** Checked here, for OpenSearch's own message would repeat the clause with its whole picture. */
  private static float notNegative(Parameter parameter) throws IOException {
    float value = parameter.shortNumber();
    if (value < 0) {
      throw parameter.problem("must not be negative, found [" + value + "]");
    }
    return value;
  }

  private ParsingException problem(String message) {
    return new ParsingException(parser.getTokenLocation(), "[lookalike] " + message);
  }
}
