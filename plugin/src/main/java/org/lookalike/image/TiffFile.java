package org.lookalike.image;

import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The first page of a TIFF, decoded by the JDK into the samples that were stored. Of 16-bit samples
 * the high byte counts; transparency is laid on white.
 */
final class TiffFile implements PictureFile {

  private static final ImageReaderSpi PROVIDER = JdkReaders.provider("tiff");
  private static final int READER_BYTES = 1 << 22;

  private final byte[] bytes;
  private final TiffHeader header;

  TiffFile(byte[] bytes) throws ImageException {
    this.bytes = bytes;
    this.header = new TiffHeader(bytes);
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
    return ByteBuffer.wrap(bytes);
  }

  @Override
  public ByteBuffer xmp() {
    return header.xmp();
  }

  /**
   * The pixels, the samples, a copy of the file, and a strip or tile before and after its
   * decompression.
   */
  @Override
  public long memoryBytes() {
    long pixels = (long) header.width * header.height;
    long samples = pixels * header.samples * Math.max(8, header.bits) / 8;
    return 3 * pixels
        + samples
        + bytes.length
        + 3 * header.pieceBytes()
        + 8L * header.width * header.samples
        + READER_BYTES;
  }

  @Override
  public Pixels decode(Deadline deadline, int enough) throws IOException, ImageException {
    Raster raster = raster(deadline);
    if (raster.getWidth() != header.width
        || raster.getHeight() != header.height
        || raster.getNumBands() != header.samples) {
      throw ImageException.damaged("its directory and its pixels differ");
    }
    byte[] rgb = new byte[3 * header.width * header.height];
    TiffColours colours = new TiffColours(header);
    int[] row = new int[header.width * header.samples];
    for (int y = 0; y < header.height; y++) {
      deadline.check();
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, header.width, 1, row);
      colours.toRgb(row, rgb, 3 * y * header.width);
    }
    return new Pixels(rgb, header.width, header.height);
  }

  private Raster raster(Deadline deadline) throws IOException, ImageException {
    ImageReader reader = PROVIDER.createReaderInstance();
    try (ByteImageStream stream = new ByteImageStream(header.withoutExtras(), deadline)) {
      reader.setInput(stream, true, true);
      reader.addIIOReadProgressListener(JdkReaders.abortAt(deadline));
      ImageTypeSpecifier stored = reader.getRawImageType(0);
      ImageReadParam param = reader.getDefaultReadParam();
      param.setDestinationType(stored);
      Raster raster = reader.read(0, param).getRaster();
      deadline.check();
      if (stream.wasExhausted()) {
        throw ImageException.truncated();
      }
      return raster;
    } catch (IndexOutOfBoundsException overflow) {
      if (header.isFax()) { // the JDK's decoder fails on rows with very many changes of colour
        throw ImageException.unsupported(
            "a TIFF with CCITT compression of so busy a picture; convert it to LZW");
      }
      throw overflow;
    } finally {
      reader.dispose();
    }
  }
}
