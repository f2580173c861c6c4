package org.lookalike.embed;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lookalike.image.Pixels;
import org.lookalike.request.Parameter;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * A rectangle inside a picture, in fractions of its width and height as it is viewed; the origin is
 * the top left corner.
 */
public record Region(double x, double y, double width, double height)
    implements Writeable, ToXContentObject {
  /** The whole picture. */
  public static final Region WHOLE = new Region(0, 0, 1, 1);

  private static final double ROUNDING = 1e-6;
  private static final String[] NAMES = {"x", "y", "width", "height"};

  /**
   * Rejects with an {@link IllegalArgumentException} what has no area or does not lie inside the
   * picture.
   */
  public Region {
    boolean inside = x >= 0 && y >= 0 && x + width <= 1 + ROUNDING && y + height <= 1 + ROUNDING;
    if ((width > 0 && height > 0 && inside) == false) { // NaN fails every comparison
      throw new IllegalArgumentException(
          "[region] must lie inside the picture and have an area: x, y, width and height are fractions"
              + " of it between 0 and 1, found x ["
              + x
              + "], y ["
              + y
              + "], width ["
              + width
              + "], height ["
              + height
              + "]");
    }
  }

  public Region(StreamInput in) throws IOException {
    this(in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble());
  }

  /** Read {@code {"x": .., "y": .., "width": .., "height": ..}}. */
  public static Region read(Parameter region) throws IOException {
    Map<String, Double> read = new HashMap<>();
    region.members(
        member -> {
          if (List.of(NAMES).contains(member.name()) == false) {
            throw member.unknown(NAMES);
          }
          read.put(member.name(), member.number());
        });
    if (read.size() < NAMES.length) {
      throw region.problem("needs [x], [y], [width] and [height], fractions of the picture");
    }
    try {
      return new Region(read.get("x"), read.get("y"), read.get("width"), read.get("height"));
    } catch (IllegalArgumentException outside) {
      throw region.rejected(outside);
    }
  }

  /** The pixels inside this region, at least one. */
  Pixels cropFrom(Pixels picture) {
    if (equals(WHOLE)) {
      return picture;
    }
    int left = Math.min((int) Math.round(x * picture.width()), picture.width() - 1);
    int top = Math.min((int) Math.round(y * picture.height()), picture.height() - 1);
    int right = Math.min((int) Math.round((x + width) * picture.width()), picture.width());
    int bottom = Math.min((int) Math.round((y + height) * picture.height()), picture.height());
    return picture.cropped(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeDouble(x);
    out.writeDouble(y);
    out.writeDouble(width);
    out.writeDouble(height);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    return builder
        .startObject()
        .field("x", x)
        .field("y", y)
        .field("width", width)
        .field("height", height)
        .endObject();
  }
}
