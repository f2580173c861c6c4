package org.lookalike.image;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.Deflater;
import org.junit.Test;
import org.lookalike.image.ImageException.Kind;

public class EncodedImageTests {

  @Test
  public void pixelsAreCountedBeforeAnyIsDecoded() throws Exception {
    byte[] bytes = Golden.named("png-rgb.png").bytes();
    DecodeLimits few = new DecodeLimits(1 << 20, 96 * 72 - 1, Duration.ofSeconds(1));
    ImageException thrown = Thrown.by(() -> EncodedImage.open(bytes, few));
    assertEquals("96 x 72 is 6,912 pixels, more than 6,911", thrown.getMessage());
    assertEquals(Kind.TOO_MANY_PIXELS, thrown.kind());
  }

  @Test
  public void bytesAreCounted() throws Exception {
    byte[] bytes = new byte[1001];
    DecodeLimits few = new DecodeLimits(1000, 1000, Duration.ofSeconds(1));
    ImageException thrown = Thrown.by(() -> EncodedImage.open(bytes, few));
    assertEquals("image of 1,001 bytes, more than 1,000", thrown.getMessage());
    assertEquals(Kind.TOO_MANY_BYTES, thrown.kind());
  }

  @Test
  public void limitsMustBePositive() {
    assertThrows(
        IllegalArgumentException.class, () -> new DecodeLimits(0, 1, Duration.ofSeconds(1)));
    assertThrows(IllegalArgumentException.class, () -> new DecodeLimits(1, 1, Duration.ZERO));
    assertThrows(
        IllegalArgumentException.class,
        () -> new DecodeLimits(1, 500_000_001, Duration.ofSeconds(1)));
  }

  @Test
  public void everyFormatGivesUpAtTheDeadline() throws Exception {
    DecodeLimits hasty = new DecodeLimits(1 << 24, 100_000_000, Duration.ofNanos(1));
    for (Golden.Case one : Golden.cases()) {
      if (!one.isRefused()) {
        EncodedImage image = EncodedImage.open(one.bytes(), hasty);
        ImageException thrown = Thrown.by(() -> image.decode(64));
        assertEquals(one.name() + ": " + thrown.getMessage(), Kind.TIMEOUT, thrown.kind());
        assertEquals("decoding took longer than 0 ms", thrown.getMessage());
      }
    }
  }

  @Test
  public void memoryIsEstimatedFromTheHeader() throws Exception {
    for (Golden.Case one : Golden.cases()) {
      if (!one.isRefused()) {
        EncodedImage image = EncodedImage.open(one.bytes(), Golden.LIMITS);
        long pixels = (long) image.width() * image.height();
        assertTrue(one.name(), image.memoryBytes() >= 3 * pixels);
        assertTrue(one.name(), image.memoryBytes() <= 64 * pixels + 5_000_000);
      }
    }
  }

  @Test
  public void anImageCanBeDecodedTwice() throws Exception {
    for (Golden.Case one : Golden.cases()) {
      if (!one.isRefused()) {
        EncodedImage image = EncodedImage.open(one.bytes(), Golden.LIMITS);
        byte[] first = image.decode(64).upright().rgb();
        assertArrayEquals(one.name(), first, image.decode(64).upright().rgb());
      }
    }
  }

  @Test
  public void aLargeJpegComesAtReducedScaleAndKeepsItsSize() throws Exception {
    byte[] bytes = Golden.named("jpeg-quarter-scale.jpg").bytes(); // 640 x 520
    DecodedImage decoded = EncodedImage.open(bytes, Golden.LIMITS).decode(64);
    assertEquals(160, decoded.upright().width());
    assertEquals(130, decoded.upright().height());
    assertEquals(640, decoded.width());
    assertEquals(520, decoded.height());
    assertEquals(640, EncodedImage.open(bytes, Golden.LIMITS).decode(224).upright().width());
  }

  @Test
  public void aTiffWhoseDirectoriesPointAtEachOtherIsReadOnce() throws Exception {
    byte[] bytes = Golden.named("tiff-two-pages.tif").bytes();
    int first = bytes[4] & 0xFF | (bytes[5] & 0xFF) << 8 | (bytes[6] & 0xFF) << 16;
    int next = first + 2 + 12 * (bytes[first] & 0xFF);
    System.arraycopy(bytes, 4, bytes, next, 4);
    assertEquals("tiff", EncodedImage.open(bytes, Golden.LIMITS).decode(64).format());
  }

  @Test
  public void bigTiffIsSaidToBeUnsupported() {
    byte[] bytes = {'I', 'I', '+', 0, 8, 0, 0, 0};
    ImageException thrown = Thrown.by(() -> EncodedImage.open(bytes, Golden.LIMITS));
    assertEquals("a BigTIFF image; expected a TIFF of at most 4 GB", thrown.getMessage());
    assertEquals(Kind.UNSUPPORTED, thrown.kind());
  }

  @Test(timeout = 30_000)
  public void aPngOfManyTextsIsOpenedInTime() throws Exception {
    byte[] picture = Golden.named("png-rgb.png").bytes();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    deflater.setInput("\n".repeat(1_000_000).getBytes(StandardCharsets.ISO_8859_1));
    deflater.finish();
    byte[] lines = new byte[4096];
    int length = deflater.deflate(lines);
    deflater.end();
    byte[] keyword = "Raw profile type exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
    int count = 10_000;
    ByteBuffer bytes = ByteBuffer.allocate(picture.length + count * (12 + keyword.length + length));
    bytes.put(picture, 0, picture.length - 12); // without its end
    for (int i = 0; i < count; i++) {
      bytes.putInt(keyword.length + length).put("zTXt".getBytes(StandardCharsets.US_ASCII));
      bytes.put(keyword).put(lines, 0, length).putInt(0);
    }
    EncodedImage image = EncodedImage.open(bytes.array(), Golden.LIMITS);
    assertEquals(ExifFacts.NONE, image.decode(64).exif());
  }

  @Test
  public void thePiecesOfAPngAreCountedAsMemory() throws Exception {
    byte[] picture = Golden.named("png-rgb.png").bytes();
    int header = 8 + 25;
    int count = 100_000;
    ByteBuffer bytes = ByteBuffer.allocate(picture.length + 12 * count);
    bytes.put(picture, 0, header);
    for (int i = 0; i < count; i++) {
      bytes.putInt(0).put("IDAT".getBytes(StandardCharsets.US_ASCII)).putInt(0);
    }
    bytes.put(picture, header, picture.length - header);
    EncodedImage image = EncodedImage.open(bytes.array(), Golden.LIMITS);
    assertTrue(image.memoryBytes() > 50L * count);
    assertArrayEquals(
        EncodedImage.open(picture, Golden.LIMITS).decode(64).upright().rgb(),
        image.decode(64).upright().rgb());
  }

  @Test
  public void messagesAreOneShortLine() {
    String message = ImageException.damaged("a\nb\u0000c " + "x".repeat(500)).getMessage();
    assertTrue(message.startsWith("damaged image: a b c x"));
    assertEquals("damaged image: ".length() + 200, message.length());
  }
}
