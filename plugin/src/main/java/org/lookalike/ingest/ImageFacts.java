package org.lookalike.ingest;

import java.util.HashMap;
import java.util.Map;
import org.lookalike.image.ExifFacts;

/**
 * The sub-object {@code exif} of a document: when, with what and, if wanted, where a picture was
 * taken.
 */
final class ImageFacts {
  private ImageFacts() {}

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
}
