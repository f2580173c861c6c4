package org.lookalike.image;

/**
 * An encoded picture whose header has been read: its format and size are known and within the
 * limits, and nothing has been decoded. Holds the bytes it was opened from; used by one thread at a
 * time.
 */
public final class EncodedImage {

  private static final int REDUCED_MARGIN = 2;

  private final ImageFormat format;
  private final PictureFile file;
  private final DecodeLimits limits;
  private final Exif exif;

  private EncodedImage(ImageFormat format, PictureFile file, DecodeLimits limits) {
    this.format = format;
    this.file = file;
    this.limits = limits;
    this.exif = Exif.read(file.exif(), file.xmp());
  }

  /**
   * Reads the header.
   *
   * @throws ImageException if this is no picture of a format we read, or a larger one than {@code
   *     limits} allow
   */
  public static EncodedImage open(byte[] bytes, DecodeLimits limits) throws ImageException {
    if (bytes.length == 0) {
      throw new ImageException(ImageException.Kind.EMPTY, "empty file (0 bytes)");
    }
    if (bytes.length > limits.maxBytes()) {
      throw ImageException.tooManyBytes(bytes.length, limits.maxBytes());
    }
    ImageFormat format = ImageFormat.of(bytes);
    try {
      PictureFile file = format.open(bytes);
      checkSize(file.width(), file.height(), limits.maxPixels());
      return new EncodedImage(format, file, limits);
    } catch (RuntimeException | StackOverflowError damage) {
      throw ImageException.damaged(damage);
    }
  }

  /** jpeg, png, webp, gif, bmp or tiff. */
  public String format() {
    return format.toString();
  }

  /** Pixels across, as it is viewed. */
  public int width() {
    return exif.isSideways() ? file.height() : file.width();
  }

  /** Pixels down, as it is viewed. */
  public int height() {
    return exif.isSideways() ? file.width() : file.height();
  }

  /** The most that {@link #decode} holds at once, beside the encoded bytes. */
  public long memoryBytes() {
    return file.memoryBytes() + (exif.orientation() == 1 ? 0 : 3L * file.width() * file.height());
  }

  /**
   * The upright pixels, on this thread and within the time limit. A large JPEG comes at reduced
   * scale, with at least twice {@code nativeSize} pixels on each side.
   *
   * @throws ImageException if the file is damaged or incomplete, or takes too long
   */
  public DecodedImage decode(int nativeSize) throws ImageException {
    Deadline deadline = new Deadline(limits.timeout());
    try {
      Pixels upright =
          file.decode(deadline, REDUCED_MARGIN * nativeSize).turnedBy(exif.orientation());
      deadline.check();
      return new DecodedImage(upright, width(), height(), format(), exif.facts());
    } catch (VirtualMachineError error) {
      if (error instanceof StackOverflowError) {
        throw ImageException.damaged(error);
      }
      throw error;
    } catch (Throwable damage) { // damaged files make decoders throw nearly anything
      if (deadline.hasPassed()) {
        throw deadline.exceeded();
      }
      throw damage instanceof ImageException known ? known : ImageException.damaged(damage);
    }
  }

  private static void checkSize(int width, int height, long maxPixels) throws ImageException {
    if (width < 1 || height < 1) {
      throw ImageException.damaged("it has " + width + " x " + height + " pixels");
    }
    if ((long) width * height > maxPixels) {
      throw ImageException.tooManyPixels(width, height, maxPixels);
    }
  }
}
