package org.lookalike.query;

import java.io.IOException;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ConstructingObjectParser;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * An indexed picture whose stored vector is the query.
 *
 * @param field where its vector is stored, or null for the field that is searched
 * @param routing as it was indexed with, or null
 */
public record LikeDocument(String index, String id, String field, String routing)
    implements Writeable, ToXContentObject {
  private static final ParseField INDEX = new ParseField("_index");
  private static final ParseField ID = new ParseField("_id");
  private static final ParseField FIELD = new ParseField("field");
  private static final ParseField ROUTING = new ParseField("routing");
  private static final ConstructingObjectParser<LikeDocument, Void> PARSER =
      new ConstructingObjectParser<>(
          "like",
          false,
          values ->
              new LikeDocument(
                  (String) values[0], (String) values[1], (String) values[2], (String) values[3]));

  static {
    PARSER.declareString(ConstructingObjectParser.constructorArg(), INDEX);
    PARSER.declareString(ConstructingObjectParser.constructorArg(), ID);
    PARSER.declareString(ConstructingObjectParser.optionalConstructorArg(), FIELD);
    PARSER.declareString(ConstructingObjectParser.optionalConstructorArg(), ROUTING);
  }

  public LikeDocument(StreamInput in) throws IOException {
    this(in.readString(), in.readString(), in.readOptionalString(), in.readOptionalString());
  }

  static LikeDocument parse(XContentParser parser) throws IOException {
    return PARSER.parse(parser, null);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(index);
    out.writeString(id);
    out.writeOptionalString(field);
    out.writeOptionalString(routing);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject().field(INDEX.getPreferredName(), index).field(ID.getPreferredName(), id);
    if (field != null) {
      builder.field(FIELD.getPreferredName(), field);
    }
    if (routing != null) {
      builder.field(ROUTING.getPreferredName(), routing);
    }
    return builder.endObject();
  }
}
