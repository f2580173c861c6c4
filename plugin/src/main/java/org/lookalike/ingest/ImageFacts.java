package org.lookalike.ingest;

import java.util.HashMap;
import java.util.Map;
import org.lookalike.image.Box;
import org.lookalike.image.ExifFacts;

/** Sub-objects of a document. */
final class ImageFacts {
  private ImageFacts() {}

  /** {@code exif}: when, with what and, if wanted, where a picture was taken. */
  static Map<String, Object> exif(ExifFacts facts, boolean withLocation) {
    Map<String, Object> exif = new HashMap<>();
    if (facts.takenAt() != null) {
      exif.put("taken_at", facts.takenAt());
    }
    if (facts.camera() != null) {
      exif.put("camera", facts.camera());
    }
    if (withLocation && facts.latitude() != null && facts.longitude() != null) {
      exif.put(
          "location", new HashMap<>(Map.of("lat", facts.latitude(), "lon", facts.longitude())));
    }
    return exif;
  }

  /** {@code box} of a region. */
  static Map<String, Object> box(Box box) {
    Map<String, Object> sides = new HashMap<>();
    sides.put("x", box.x());
    sides.put("y", box.y());
    sides.put("width", box.width());
    sides.put("height", box.height());
    return sides;
  }
}
