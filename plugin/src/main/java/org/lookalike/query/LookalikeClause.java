package org.lookalike.query;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.query.QueryBuilder;

/**
 * What a {@code lookalike} clause asks. Immutable; what is null was not given.
 *
 * @param field the field of vectors that is searched
 * @param image base64 or a data: URI; either this or {@code like}
 * @param moreLike indexed pictures of which more is wanted beside the one that is asked about
 * @param lessLike indexed pictures of which less is wanted
 * @param rescore true, false or an object, for the k-NN plugin to read
 * @param model the name of an installed model; by default the one that the index records
 */
public record LookalikeClause(
    String field,
    String image,
    LikeDocument like,
    List<LikeDocument> moreLike,
    List<LikeDocument> lessLike,
    Region region,
    Views views,
    Integer k,
    Float minScore,
    Float maxDistance,
    QueryBuilder filter,
    Object rescore,
    Map<String, Object> methodParameters,
    Boolean expandNestedDocs,
    String model)
    implements Writeable, ToXContentFragment {
  // Raise it with every change of the bytes below; readers refuse what is newer than they know.
  private static final int WIRE_VERSION = 2;
  private static final int WITHOUT_EXAMPLES = 1;

  /** Rejects with an {@link IllegalArgumentException} what contradicts itself. */
  public LookalikeClause {
    if ((image == null) == (like == null)) {
      throw new IllegalArgumentException(
          "[lookalike] needs one of [image] and [like], found "
              + (image == null ? "neither" : "both"));
    }
    boolean needsPicture =
        region.equals(Region.WHOLE) == false || views.equals(Views.NONE) == false || model != null;
    if (like != null && needsPicture) {
      throw new IllegalArgumentException(
          "[lookalike] [region], [views] and [model] need the picture itself: give [image] instead of"
              + " [like]");
    }
    int limits = (k == null ? 0 : 1) + (minScore == null ? 0 : 1) + (maxDistance == null ? 0 : 1);
    if (limits != 1) {
      throw new IllegalArgumentException(
          "[lookalike] needs exactly one of [k], [min_score] and [max_distance], found " + limits);
    }
  }

  public LookalikeClause(StreamInput in) throws IOException {
    this(readVersion(in) > WITHOUT_EXAMPLES, in);
  }

  private LookalikeClause(boolean withExamples, StreamInput in) throws IOException {
    this(
        in.readString(),
        in.readOptionalString(),
        in.readOptionalWriteable(from -> LikeDocument.read(from, withExamples)),
        withExamples ? in.readList(from -> LikeDocument.read(from, true)) : List.of(),
        withExamples ? in.readList(from -> LikeDocument.read(from, true)) : List.of(),
        new Region(in),
        new Views(in),
        in.readOptionalVInt(),
        in.readOptionalFloat(),
        in.readOptionalFloat(),
        in.readOptionalNamedWriteable(QueryBuilder.class),
        in.readGenericValue(),
        in.readBoolean() ? in.readMap() : null,
        in.readOptionalBoolean(),
        in.readOptionalString());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeVInt(WIRE_VERSION);
    out.writeString(field);
    out.writeOptionalString(image);
    out.writeOptionalWriteable(like);
    out.writeList(moreLike);
    out.writeList(lessLike);
    region.writeTo(out);
    views.writeTo(out);
    out.writeOptionalVInt(k);
    out.writeOptionalFloat(minScore);
    out.writeOptionalFloat(maxDistance);
    out.writeOptionalNamedWriteable(filter);
    out.writeGenericValue(rescore);
    out.writeBoolean(methodParameters != null);
    if (methodParameters != null) {
      out.writeMap(methodParameters);
    }
    out.writeOptionalBoolean(expandNestedDocs);
    out.writeOptionalString(model);
  }

  /** The parameters, without the field's name around them. */
  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    put(builder, "image", image);
    put(builder, "like", like);
    putSome(builder, "more_like", moreLike);
    putSome(builder, "less_like", lessLike);
    if (region.equals(Region.WHOLE) == false) {
      builder.field("region", region);
    }
    if (views.equals(Views.NONE) == false) {
      builder.field("views", views.names());
    }
    put(builder, "model", model);
    return knnParameters(builder);
  }

  /** Those parameters that the {@code knn} clause has as well. */
  XContentBuilder knnParameters(XContentBuilder builder) throws IOException {
    put(builder, "k", k);
    put(builder, "min_score", minScore);
    put(builder, "max_distance", maxDistance);
    put(builder, "filter", filter);
    put(builder, "rescore", rescore);
    put(builder, "method_parameters", methodParameters);
    put(builder, "expand_nested_docs", expandNestedDocs);
    return builder;
  }

  private static void put(XContentBuilder builder, String name, Object value) throws IOException {
    if (value != null) {
      builder.field(name, value);
    }
  }

  private static void putSome(XContentBuilder builder, String name, List<LikeDocument> documents)
      throws IOException {
    if (documents.isEmpty() == false) {
      builder.startArray(name);
      for (LikeDocument document : documents) {
        builder.value(document);
      }
      builder.endArray();
    }
  }

  private static int readVersion(StreamInput in) throws IOException {
    int version = in.readVInt();
    if (version > WIRE_VERSION) {
      throw new IOException(
          "a [lookalike] clause of wire version ["
              + version
              + "] came from a node with a newer plugin; this node knows ["
              + WIRE_VERSION
              + "]: update its plugin");
    }
    return version;
  }
}
