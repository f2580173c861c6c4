package org.lookalike.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
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
 * @param region the number of the object that holds the vector, from 0, where the field stands in a
 *     list of objects; or null
 */
public record LikeDocument(String index, String id, String field, String routing, Integer region)
    implements Writeable, ToXContentObject {
  private static final String INDEX = "_index";
  private static final String ID = "_id";
  private static final String FIELD = "field";
  private static final String ROUTING = "routing";
  private static final String REGION = "region";
  private static final int MOST = 100;

  /**
   * @param withRegion whether the sender knows regions
   */
  static LikeDocument read(StreamInput in, boolean withRegion) throws IOException {
    return new LikeDocument(
        in.readString(),
        in.readString(),
        in.readOptionalString(),
        in.readOptionalString(),
        withRegion ? in.readOptionalVInt() : null);
  }

  /** Read one of them, or a list of some. */
  static List<LikeDocument> readSome(Parameter examples) throws IOException {
    List<LikeDocument> read = new ArrayList<>();
    examples.elements(
        example -> {
          if (read.size() == MOST) {
            throw examples.problem("takes at most [" + MOST + "] pictures");
          }
          read.add(read(example));
        });
    return read;
  }

  static LikeDocument read(Parameter like) throws IOException {
    Map<String, String> read = new HashMap<>();
    AtomicReference<Integer> region = new AtomicReference<>();
    like.members(
        member -> {
          if (member.name().equals(REGION)) {
            region.set(member.wholeNumber(0));
            return;
          }
          if (List.of(INDEX, ID, FIELD, ROUTING).contains(member.name()) == false) {
            throw member.unknown(INDEX, ID, FIELD, ROUTING, REGION);
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
    return new LikeDocument(
        read.get(INDEX), read.get(ID), read.get(FIELD), read.get(ROUTING), region.get());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeString(index);
    out.writeString(id);
    out.writeOptionalString(field);
    out.writeOptionalString(routing);
    out.writeOptionalVInt(region);
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
    if (region != null) {
      builder.field(REGION, region);
    }
    return builder.endObject();
  }
}
