package org.lookalike.embed;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lookalike.LookalikeSettings;
import org.lookalike.embed.LookalikeStats.Stage;
import org.lookalike.image.Base64Image;
import org.lookalike.image.DecodedImage;
import org.lookalike.image.EncodedImage;
import org.lookalike.image.ImageException;
import org.lookalike.image.Pixels;
import org.lookalike.model.Encoder;
import org.opensearch.common.lease.Releasable;

/** From hostile bytes to embeddings, on the calling thread. */
public final class PictureEmbedder {
  private final LookalikeSettings settings;
  private final PictureMemory memory;
  private final LookalikeStats stats;

  public PictureEmbedder(LookalikeSettings settings, PictureMemory memory, LookalikeStats stats) {
    this.settings = settings;
    this.memory = memory;
    this.stats = stats;
  }

  /** The bytes of a picture sent as text. */
  public byte[] bytes(String base64) throws ImageException {
    return Base64Image.decode(base64, settings.decodeLimits().maxBytes());
  }

  /**
   * Decode a picture once and embed the views of a region of it.
   *
   * @param use makes the result; the pixels' memory is accounted for until it returns, so it must
   *     not let them out
   */
  public <T> T embed(
      byte[] file, Encoder encoder, Region region, Views views, Function<EmbeddedImage, T> use)
      throws ImageException {
    int side = encoder.artefact().nativeSize();
    long began = System.nanoTime();
    EncodedImage encoded = EncodedImage.open(file, settings.decodeLimits());
    try (Releasable reserved = memory.reserve(memoryBytes(file, encoded, region, side))) {
      int enough = (int) Math.ceil(side / Math.min(region.width(), region.height()));
      DecodedImage decoded = encoded.decode(enough);
      Pixels square = region.cropFrom(decoded.upright()).resized(side, side);
      long ready = System.nanoTime();
      stats.took(Stage.DECODE, ready - began);
      List<float[]> vectors = new ArrayList<>();
      for (Pixels view : views.of(square)) {
        vectors.add(encoder.embed(view.rgb()));
      }
      stats.took(Stage.EMBED, System.nanoTime() - ready);
      stats.embedded();
      return use.apply(new EmbeddedImage(decoded, vectors));
    }
  }

  /** The most that is held at once: the file, its pixels, the region's, and its narrowed rows. */
  private static long memoryBytes(byte[] file, EncodedImage encoded, Region region, int side) {
    long narrowed = 3L * side * encoded.height();
    double cropped =
        region.equals(Region.WHOLE)
            ? 0
            : 3.0 * encoded.width() * encoded.height() * region.width() * region.height();
    return file.length + encoded.memoryBytes() + narrowed + (long) cropped;
  }
}
