package org.lookalike.embed;

import java.util.ArrayList;
import java.util.List;
import org.lookalike.LookalikeSettings;
import org.lookalike.embed.LookalikeStats.Stage;
import org.lookalike.image.Base64Image;
import org.lookalike.image.DecodeLimits;
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

  /** Decode a picture once and embed the views of a region of it. */
  public EmbeddedImage embed(byte[] file, Encoder encoder, Region region, Views views)
      throws ImageException {
    DecodeLimits limits = settings.decodeLimits();
    int side = encoder.artefact().nativeSize();
    long began = System.nanoTime();
    EncodedImage encoded = EncodedImage.open(file, limits);
    DecodedImage decoded;
    Pixels square;
    try (Releasable reserved = memory.reserve(encoded.memoryBytes())) {
      decoded = encoded.decode((int) Math.ceil(side / Math.min(region.width(), region.height())));
      square = region.cropFrom(decoded.upright()).resized(side, side);
    }
    long ready = System.nanoTime();
    stats.took(Stage.DECODE, ready - began);
    List<float[]> vectors = new ArrayList<>();
    for (Pixels view : views.of(square)) {
      vectors.add(encoder.embed(view.rgb()));
    }
    stats.took(Stage.EMBED, System.nanoTime() - ready);
    stats.embedded();
    return new EmbeddedImage(decoded, vectors);
  }
}
