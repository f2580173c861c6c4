package org.lookalike.image;

import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;
import org.lookalike.image.JpegReduction.Storage;

/**
 * A JPEG, decoded by the JDK's libjpeg into the samples that were stored; what they mean is decided
 * here, without colour profiles, as Pillow decides it.
 */
final class JpegFile implements PictureFile {

  private static final ImageReaderSpi PROVIDER = JdkReaders.provider("jpeg");
  private static final int SMALLEST_SCALE = 8;

  private final JpegHeader header;
  private final JpegHeader.Colours colours;
  private final int fileBytes;

  JpegFile(byte[] bytes) throws ImageException {
    header = new JpegHeader(bytes);
    colours = header.colours();
    fileBytes = bytes.length;
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
   * Samples, the RGB pixels if they cannot take their place, a progressive file's coefficients, and
   * a copy of the file.
   */
  @Override
  public long memoryBytes() {
    long pixels = (long) header.width * header.height;
    int rgb = header.components() == 3 ? 0 : 3;
    int coefficients = header.progressive ? 2 * header.components() : 0;
    return pixels * (header.components() + rgb + coefficients) + fileBytes;
  }

  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    byte[] samples = samples(deadline);
    deadline.check();
    int factor = factor(enough);
    byte[] fewer = factor == 1 ? samples : reduced(samples, factor);
    deadline.check();
    return new Pixels(
        JpegColours.toRgb(fewer, colours),
        Math.ceilDiv(header.width, factor),
        Math.ceilDiv(header.height, factor));
  }

  private byte[] reduced(byte[] samples, int factor) {
    int components = header.components();
    Storage[] across = new Storage[components];
    Storage[] down = new Storage[components];
    for (int i = 0; i < components; i++) {
      boolean halfAcross = header.sparsenessAcross(i) == 2;
      boolean halfDown = header.sparsenessDown(i) == 2;
      down[i] = halfDown && halfAcross ? Storage.HALF : Storage.FULL;
      across[i] = !halfAcross ? Storage.FULL : halfDown ? Storage.HALF : Storage.HALF_HERE_ONLY;
    }
    return new JpegReduction(samples, header.width, header.height, components, factor)
        .reduced(across, down);
  }

  private int factor(int enough) {
    int fits = Math.min(header.width / enough, header.height / enough);
    return Math.min(SMALLEST_SCALE, Math.max(1, Integer.highestOneBit(fits)));
  }

  private byte[] samples(Deadline deadline) throws IOException, ImageException {
    ImageReader reader = PROVIDER.createReaderInstance();
    try (ByteImageStream stream = header.withoutExtras(deadline)) {
      reader.setInput(stream, true, true);
      reader.addIIOReadProgressListener(JdkReaders.abortAt(deadline));
      Raster raster = reader.readRaster(0, null);
      deadline.check();
      if (stream.wasExhausted()) {
        throw ImageException.truncated();
      }
      return interleaved(raster);
    } finally {
      reader.dispose();
    }
  }

  private byte[] interleaved(Raster raster) throws ImageException {
    byte[] samples = ((DataBufferByte) raster.getDataBuffer()).getData();
    boolean whole =
        raster.getWidth() == header.width
            && raster.getHeight() == header.height
            && raster.getSampleModel() instanceof PixelInterleavedSampleModel model
            && model.getScanlineStride() == header.width * header.components()
            && model.getPixelStride() == header.components();
    if (!whole || samples.length != (long) header.width * header.height * header.components()) {
      throw ImageException.damaged("its header and its frame differ");
    }
    return samples;
  }
}
