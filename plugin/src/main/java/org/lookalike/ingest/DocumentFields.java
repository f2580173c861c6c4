package org.lookalike.ingest;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lookalike.embed.EmbeddedImage;
import org.lookalike.embed.EmbeddedRegion;
import org.lookalike.embed.EmbeddedRegions;
import org.lookalike.image.Box;
import org.lookalike.image.DecodedImage;
import org.lookalike.image.ExifFacts;
import org.lookalike.image.Thumbnail;
import org.lookalike.model.ByteQuantiser;
import org.opensearch.common.hash.MessageDigests;

/**
 * What a document gains from its picture, by field: the same as {@code lookalike/ingest/mapper.py}
 * writes.
 */
final class DocumentFields {
  private static final int THUMBNAIL_SIDE = 320;

  private final ImageEmbeddingProcessor.Options options;
  private final ImageEmbeddingProcessor.Target target;
  private final byte[] file;

  DocumentFields(
      ImageEmbeddingProcessor.Options options, ImageEmbeddingProcessor.Target target, byte[] file) {
    this.options = options;
    this.target = target;
    this.file = file;
  }

  Map<String, Object> of(EmbeddedImage embedded) {
    return of(embedded.image(), embedded.vectors().getFirst());
  }

  /** The same, and {@code regions} with how they were cut. */
  Map<String, Object> of(EmbeddedRegions embedded) {
    List<Object> regions = new ArrayList<>(embedded.regions().size());
    for (EmbeddedRegion region : embedded.regions()) {
      Map<String, Object> entry = new HashMap<>();
      entry.put("box", box(region.box()));
      entry.put("embedding", numbers(region.vector(), target.bytesOfRegions()));
      regions.add(entry);
    }
    Map<String, Object> fields = of(embedded.image(), embedded.regions().getFirst().vector());
    fields.put("regions", regions);
    fields.put("tiling", options.tiling().identity());
    return fields;
  }

  private Map<String, Object> of(DecodedImage image, float[] vector) {
    Map<String, Object> fields = new HashMap<>();
    fields.put(options.targetField(), numbers(vector, target.bytes()));
    fields.put("model", target.encoder().artefact().identity());
    fields.put("content_sha256", MessageDigests.toHexString(MessageDigests.sha256().digest(file)));
    fields.put("bytes", (long) file.length);
    fields.put("width", image.width());
    fields.put("height", image.height());
    fields.put("format", image.format());
    fields.put("ingested_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    Map<String, Object> exif = exif(image.exif(), options.exifLocation());
    if (exif.isEmpty() == false) {
      fields.put("exif", exif);
    }
    if (options.thumbnail()) {
      byte[] jpeg = Thumbnail.jpeg(image.upright(), THUMBNAIL_SIDE);
      fields.put("thumbnail", Base64.getEncoder().encodeToString(jpeg));
    }
    return fields;
  }

  /** When, with what and, if wanted, where a picture was taken. */
  private static Map<String, Object> exif(ExifFacts facts, boolean withLocation) {
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

  private static Map<String, Object> box(Box box) {
    Map<String, Object> sides = new HashMap<>();
    sides.put("x", box.x());
    sides.put("y", box.y());
    sides.put("width", box.width());
    sides.put("height", box.height());
    return sides;
  }

  private static List<Number> numbers(float[] vector, boolean bytes) {
    List<Number> numbers = new ArrayList<>(vector.length);
    for (float value : bytes ? ByteQuantiser.toBytes(vector) : vector) {
      numbers.add(bytes ? (Number) (int) value : (Number) value);
    }
    return numbers;
  }
}
