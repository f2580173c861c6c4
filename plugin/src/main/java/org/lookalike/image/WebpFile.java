package org.lookalike.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A WebP, lossy or lossless, or the first frame of an animated one on its canvas; transparency is
 * laid on white.
 */
final class WebpFile implements PictureFile {

  private static final WebPImageReaderSpi PROVIDER = new WebPImageReaderSpi();

  private final WebpHeader header;

  WebpFile(byte[] bytes) throws ImageException {
    header = new WebpHeader(bytes);
  }

  @Override
  public int width() {
    return header.width;
  }

  @Override
  public int height() {
    return header.height;
  }

  @Override
  public ByteBuffer exif() {
    return header.exif;
  }

  @Override
  public ByteBuffer xmp() {
    return header.xmp;
  }

  /** The pixels of the canvas; the frame's, here and in libwebp. */
  @Override
  public long memoryBytes() {
    return 3L * header.width * header.height + 8L * header.frameWidth * header.frameHeight;
  }

  /**
   * The deadline is looked at before and after: libwebp cannot be stopped, but what it decodes is
   * bounded.
   */
  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    byte[] rgb = new byte[3 * header.width * header.height];
    if (header.alpha) {
      Arrays.fill(rgb, (byte) -1);
    }
    int[] pixels = pixels();
    deadline.check();
    for (int y = 0, from = 0; y < header.frameHeight; y++) {
      int to = place(y);
      for (int x = 0; x < header.frameWidth; x++, from++, to += 3) {
        int opacity = header.alpha ? pixels[from] >>> 24 : 255;
        rgb[to] = Samples.onWhite(pixels[from] >> 16 & 0xFF, opacity);
        rgb[to + 1] = Samples.onWhite(pixels[from] >> 8 & 0xFF, opacity);
        rgb[to + 2] = Samples.onWhite(pixels[from] & 0xFF, opacity);
      }
    }
    return new Pixels(rgb, header.width, header.height);
  }

  /** The frame as libwebp decodes it: opacity, red, green and blue in each number. */
  private int[] pixels() throws IOException, ImageException {
    ImageReader reader = PROVIDER.createReaderInstance(null);
    try (ImageInputStream file =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(header.stillPicture()))) {
      reader.setInput(file, true, true);
      BufferedImage frame = reader.read(0);
      if (frame.getWidth() != header.frameWidth || frame.getHeight() != header.frameHeight) {
        throw ImageException.damaged("its frame has another size than its header says");
      }
      return frame.getRGB(0, 0, frame.getWidth(), frame.getHeight(), null, 0, frame.getWidth());
    } catch (OutOfMemoryError error) {
      if (error.getMessage() != null) {
        throw error;
      }
      // Not the JVM's own, which has words: so the binding passes on what libwebp says of some
      // damage.
      throw ImageException.damaged("libwebp cannot decode it");
    } catch (LinkageError missing) {
      throw ImageException.unsupported("this node cannot load libwebp: " + missing.getMessage());
    } finally {
      reader.dispose();
    }
  }

  /** Where row {@code y} of the frame begins on the canvas. */
  private int place(int y) {
    return 3 * ((header.top + y) * header.width + header.left);
  }
}
