package org.lookalike.query;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lookalike.request.Parameter;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * An indexed picture whose stored vector is the query.
 *
 * @param field where its vector is stored, or null for the field that is searched
 * @param routing as it was indexed with, or null
 */
public record LikeDocument(String index, String id, String field, String routing)
    implements Writeable, ToXContentObject {
  private static final String INDEX = "_index";
  private static final String ID = "_id";
  private static final String FIELD = "field";
  private static final String ROUTING = "routing";

  public LikeDocument(StreamInput in) throws IOException {
    this(in.readString(), in.readString(), in.readOptionalString(), in.readOptionalString());
  }

  static LikeDocument read(Parameter like) throws IOException {
    Map<String, String> read = new HashMap<>();
    like.members(
        member -> {
          if (List.of(INDEX, ID, FIELD, ROUTING).contains(member.name()) == false) {
            throw member.unknown(INDEX, ID, FIELD, ROUTING);
          }
          String text = member.text();
          if (text.isEmpty()) {
            throw member.problem("must not be empty");
          }
          read.put(member.name(), text);
        });
    if (read.keySet().containsAll(List.of(INDEX, ID)) == false) {
      throw like.problem("needs [_index] and [_id] of an indexed picture");
    }
    return new LikeDocument(read.get(INDEX), read.get(ID), read.get(FIELD), read.get(ROUTING));
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
    builder.startObject().field(INDEX, index).field(ID, id);
    if (field != null) {
      builder.field(FIELD, field);
    }
    if (routing != null) {
      builder.field(ROUTING, routing);
    }
    return builder.endObject();
  }
}
