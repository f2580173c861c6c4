package org.lookalike.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.spi.ImageWriterSpi;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Small pictures to look at. */
public final class Thumbnail {

  private static final float QUALITY = 0.8f;
  private static final ImageWriterSpi PROVIDER =
      ImageIO.getImageWritersByFormatName("jpeg").next().getOriginatingProvider();
  private static final ComponentColorModel RGB =
      new ComponentColorModel(
          ColorSpace.getInstance(ColorSpace.CS_sRGB),
          false,
          false,
          Transparency.OPAQUE,
          DataBuffer.TYPE_BYTE);

  private Thumbnail() {}

  /**
   * A JPEG that fits into a square of {@code side} pixels. The picture is reduced by the smallest
   * whole factor that makes it fit, so its longer side is more than half of {@code side}, unless it
   * was smaller.
   */
  public static byte[] jpeg(Pixels upright, int side) {
    int longer = Math.max(upright.width(), upright.height());
    Pixels small = upright.reduced(Math.ceilDiv(longer, side));
    var raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(small.rgb(), small.rgb().length),
            small.width(),
            small.height(),
            3 * small.width(),
            3,
            new int[] {0, 1, 2},
            null);
    return write(new BufferedImage(RGB, raster, false, null));
  }

  private static byte[] write(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var stream = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriter writer = PROVIDER.createWriterInstance();
      try {
        ImageWriteParam quality = writer.getDefaultWriteParam();
        quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        quality.setCompressionQuality(QUALITY);
        writer.setOutput(stream);
        writer.write(null, new IIOImage(image, null, null), quality);
      } finally {
        writer.dispose();
      }
    } catch (IOException impossible) { // it is written to memory
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }
}
