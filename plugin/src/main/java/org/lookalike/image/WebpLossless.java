package org.lookalike.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/** Bitstreams of VP8L, decoded by TwelveMonkeys. */
final class WebpLossless {

  private static final ImageReaderSpi PROVIDER = new WebPImageReaderSpi();

  /** The decoder reads ahead of what it needs. */
  private static final int SPARE = 16;

  private static final int HEADERS = 20;

  private WebpLossless() {}

  /** The picture, whose bands are red, green, blue and, if it has any, opacity. */
  static Raster decode(ByteBuffer bitstream, int width, int height, Deadline deadline)
      throws IOException, ImageException {
    ImageReader reader = PROVIDER.createReaderInstance();
    try (ByteImageStream stream = new ByteImageStream(file(bitstream), deadline)) {
      reader.setInput(stream, true, true);
      reader.addIIOReadProgressListener(JdkReaders.abortAt(deadline));
      Raster raster = reader.read(0).getRaster();
      deadline.check();
      if (stream.wasExhausted()) {
        throw ImageException.truncated();
      }
      if (raster.getWidth() != width || raster.getHeight() != height || raster.getNumBands() < 3) {
        throw ImageException.damaged("its header and its picture differ");
      }
      return raster;
    } finally {
      reader.dispose();
    }
  }

  /**
   * The bitstream as a file of its own: no colour profile, no other frames, nothing that could be
   * interpreted.
   */
  private static byte[] file(ByteBuffer bitstream) {
    int length = bitstream.limit();
    ByteBuffer file = ByteBuffer.allocate(HEADERS + length + SPARE).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(file.capacity() - 8);
    file.put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII)).putInt(length);
    return file.put(bitstream.duplicate().rewind()).array();
  }
}
