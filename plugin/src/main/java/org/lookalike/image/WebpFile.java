package org.lookalike.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/**
 * A WebP, lossy or lossless, or the first frame of an animated one on its canvas; transparency is
 * laid on white.
 */
final class WebpFile implements PictureFile {

  private static final ImageReaderSpi PROVIDER = new WebPImageReaderSpi();

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

  /**
   * The pixels, the decoder's own (4 bytes each, and as much again for its planes or transforms),
   * and one row.
   */
  @Override
  public long memoryBytes() {
    return 3L * header.width * header.height
        + 8L * header.frameWidth * header.frameHeight
        + 16L * header.frameWidth;
  }

  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    Raster raster = raster(deadline);
    if (raster.getWidth() != header.frameWidth || raster.getHeight() != header.frameHeight) {
      throw ImageException.damaged("its header and its picture differ");
    }
    byte[] rgb = new byte[3 * header.width * header.height];
    if (header.alpha) {
      Arrays.fill(rgb, (byte) -1);
    }
    int bands = raster.getNumBands();
    int[] row = new int[bands * header.frameWidth];
    for (int y = 0; y < header.frameHeight; y++) {
      deadline.check();
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, header.frameWidth, 1, row);
      int to = 3 * ((header.top + y) * header.width + header.left);
      for (int from = 0; from < row.length; from += bands, to += 3) {
        int alpha = header.alpha && bands == 4 ? row[from + 3] : 255;
        rgb[to] = Samples.onWhite(row[from], alpha);
        rgb[to + 1] = Samples.onWhite(row[from + 1], alpha);
        rgb[to + 2] = Samples.onWhite(row[from + 2], alpha);
      }
    }
    return new Pixels(rgb, header.width, header.height);
  }

  private Raster raster(Deadline deadline) throws IOException, ImageException {
    ImageReader reader = PROVIDER.createReaderInstance();
    try (ByteImageStream stream = new ByteImageStream(header.picture(), deadline)) {
      reader.setInput(stream, true, true);
      reader.addIIOReadProgressListener(JdkReaders.abortAt(deadline));
      Raster raster = reader.read(0).getRaster();
      deadline.check();
      if (stream.wasExhausted()) {
        throw ImageException.truncated();
      }
      return raster;
    } finally {
      reader.dispose();
    }
  }
}
