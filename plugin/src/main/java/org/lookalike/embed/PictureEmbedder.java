package org.lookalike.embed;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lookalike.LookalikeSettings;
import org.lookalike.embed.LookalikeStats.Stage;
import org.lookalike.image.Base64Image;
import org.lookalike.image.Box;
import org.lookalike.image.DecodeLimits;
import org.lookalike.image.DecodedImage;
import org.lookalike.image.EncodedImage;
import org.lookalike.image.ImageException;
import org.lookalike.image.Pixels;
import org.lookalike.image.Tiling;
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
    try (Releasable reserved =
        memory.reserve(memoryBytes(file, encoded, partPixels(encoded, region), side))) {
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

  /**
   * Decode a picture once and embed its regions. All squares together may take as long to cut as a
   * picture to decode.
   *
   * @param use makes the result, as above; room for a document's copy of the vectors is reserved
   */
  public <T> T embedRegions(
      byte[] file, Encoder encoder, Tiling tiling, Function<EmbeddedRegions, T> use)
      throws ImageException {
    int side = encoder.artefact().nativeSize();
    long began = System.nanoTime();
    DecodeLimits limits = settings.decodeLimits();
    EncodedImage encoded = EncodedImage.open(file, limits);
    List<Box> boxes = tiling.boxes(encoded.width(), encoded.height());
    long vectorBytes = (long) boxes.size() * bytesOfRegion(encoder.artefact().dimension());
    long reservedBytes = memoryBytes(file, encoded, largestPart(boxes), side) + vectorBytes;
    try (Releasable reserved = memory.reserve(reservedBytes)) {
      DecodedImage decoded = encoded.decode(Tiling.enough(boxes, side));
      long decodeNanos = System.nanoTime() - began;
      long cutNanos = 0;
      long embedNanos = 0;
      List<EmbeddedRegion> regions = new ArrayList<>();
      for (Box box : boxes) {
        long start = System.nanoTime();
        Pixels square = decoded.square(box, side);
        boolean seen = regions.isEmpty() || Tiling.isBlank(square) == false;
        long cut = System.nanoTime();
        cutNanos += cut - start;
        if (cutNanos > limits.timeout().toNanos()) {
          throw new ImageException(
              ImageException.Kind.TIMEOUT,
              "cutting its regions took longer than "
                  + limits.timeout().toMillis()
                  + " ms: cut fewer, or raise lookalike.decode_timeout");
        }
        if (seen) {
          regions.add(new EmbeddedRegion(box, encoder.embed(square.rgb())));
          embedNanos += System.nanoTime() - cut;
        }
      }
      stats.took(Stage.DECODE, decodeNanos + cutNanos);
      stats.took(Stage.EMBED, embedNanos);
      stats.embedded();
      return use.apply(new EmbeddedRegions(decoded, regions));
    }
  }

  /** Pixels that are copied of a region; the whole picture is not. */
  private static long partPixels(EncodedImage encoded, Region region) {
    return region.equals(Region.WHOLE)
        ? 0
        : (long) ((double) encoded.width() * encoded.height() * region.width() * region.height());
  }

  /** Of the parts that are copied, which the whole picture is not. */
  private static long largestPart(List<Box> boxes) {
    return boxes.stream()
        .skip(1)
        .mapToLong(box -> (long) box.width() * box.height())
        .max()
        .orElse(0);
  }

  /** A vector, and a list of its numbers as objects beside its box. */
  private static long bytesOfRegion(int dimension) {
    return 24L * dimension + 1024;
  }

  /**
   * The most that is held at once: the file, its pixels, those of a part, its narrowed rows, and
   * two weights of each row and column.
   */
  private static long memoryBytes(byte[] file, EncodedImage encoded, long partPixels, int side) {
    long narrowed = 3L * side * encoded.height();
    long weights = 2L * Integer.BYTES * ((long) encoded.width() + encoded.height());
    return file.length + encoded.memoryBytes() + narrowed + weights + 3 * partPixels;
  }
}
