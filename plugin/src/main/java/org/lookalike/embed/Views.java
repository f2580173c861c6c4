package org.lookalike.embed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lookalike.image.Pixels;
import org.lookalike.request.Parameter;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * Which other views of a picture are tried as well: its mirror image, its three quarter turns, or
 * the eight views that both give together.
 */
public record Views(boolean flip, boolean rotations) implements Writeable {
  /** The picture as it is. */
  public static final Views NONE = new Views(false, false);

  public Views(StreamInput in) throws IOException {
    this(in.readBoolean(), in.readBoolean());
  }

  /** Read {@code flip}, {@code rotations}, or a list of them. */
  public static Views read(Parameter views) throws IOException {
    boolean flip = false;
    boolean rotations = false;
    for (String name : views.texts()) {
      switch (name) {
        case "flip" -> flip = true;
        case "rotations" -> rotations = true;
        default -> throw views.problem("knows [flip] and [rotations], found [" + name + "]");
      }
    }
    return new Views(flip, rotations);
  }

  public List<String> names() {
    List<String> names = new ArrayList<>();
    if (flip) {
      names.add("flip");
    }
    if (rotations) {
      names.add("rotations");
    }
    return names;
  }

  /** The picture itself first, then its other views. */
  List<Pixels> of(Pixels square) {
    List<Pixels> views = new ArrayList<>(List.of(square));
    if (flip) {
      views.add(square.flipped());
    }
    if (rotations) {
      for (Pixels view : List.copyOf(views)) {
        for (int turns = 1; turns <= 3; turns++) {
          views.add(view.rotated(turns));
        }
      }
    }
    return views;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeBoolean(flip);
    out.writeBoolean(rotations);
  }
}
