package org.lookalike.image;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.Test;

public class ExifTests {

  private static final int MAKE = 0x10F;
  private static final int MODEL = 0x110;
  private static final int ORIENTATION = 0x112;
  private static final int DATE_TIME = 0x132;

  /** A block with one directory, whose values follow it. */
  private static final class Block {
    private final ByteBuffer bytes;
    private int entries;
    private int values = 500;

    Block() {
      this(1000);
    }

    Block(int size) {
      bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
      bytes.put(0, new byte[] {'I', 'I', 42, 0}).putInt(4, 8);
    }

    Block text(int tag, String text) {
      byte[] value = text.getBytes(StandardCharsets.ISO_8859_1);
      int inside = 10 + 12 * entries + 8;
      boolean fits = value.length <= 4;
      bytes.put(fits ? inside : values, value);
      entry(tag, 2, value.length, fits ? bytes.getInt(inside) : values);
      values += fits ? 0 : value.length;
      return this;
    }

    Block number(int tag, int type, int number) {
      return entry(tag, type, 1, number);
    }

    Block entry(int tag, int type, int count, int value) {
      int at = 10 + 12 * entries++;
      bytes
          .putShort(at, (short) tag)
          .putShort(at + 2, (short) type)
          .putInt(at + 4, count)
          .putInt(at + 8, value);
      bytes.putShort(8, (short) entries);
      return this;
    }

    Exif read() {
      return Exif.read(bytes, null);
    }
  }

  @Test
  public void nothingIsKnownOfNothing() {
    Exif none = Exif.read(null, null);
    assertEquals(1, none.orientation());
    assertEquals(ExifFacts.NONE, none.facts());
    assertEquals(
        ExifFacts.NONE, Exif.read(ByteBuffer.wrap(new byte[] {'I', 'I', 42}), null).facts());
  }

  @Test
  public void makerAndModelMakeTheCamera() {
    String[][] cameras = {
      {"Canon", "Canon EOS R5", "Canon EOS R5"},
      {"SONY", "ILCE-7M4\0\0", "SONY ILCE-7M4"},
      {"  NIKON CORPORATION ", " NIKON D850 ", "NIKON CORPORATION NIKON D850"},
      {"", "Pixel 8", "Pixel 8"},
      {"Apple", "", "Apple"}
    };
    for (String[] one : cameras) {
      assertEquals(
          one[2],
          new Block().text(MAKE, one[0] + "\0").text(MODEL, one[1] + "\0").read().facts().camera());
    }
    assertEquals(200, new Block().text(MODEL, "x".repeat(300)).read().facts().camera().length());
  }

  @Test
  public void aMomentThatIsNoneIsLeftOut() {
    assertEquals(
        "2023-01-02T03:04:05",
        new Block().text(DATE_TIME, "2023:01:02 03:04:05\0").read().facts().takenAt());
    for (String text :
        new String[] {
          "0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "2023:02:30 00:00:00"
        }) {
      assertNull(text, new Block().text(DATE_TIME, text + "\0").read().facts().takenAt());
    }
    assertNull(new Block().number(DATE_TIME, 4, 7).read().facts().takenAt());
  }

  @Test
  public void orientationsWithoutMeaningChangeNothing() {
    assertEquals(6, new Block().number(ORIENTATION, 3, 6).read().orientation());
    assertTrue(new Block().number(ORIENTATION, 3, 6).read().isSideways());
    assertFalse(new Block().number(ORIENTATION, 3, 3).read().isSideways());
    for (int nonsense : new int[] {0, 9, 65535}) {
      assertEquals(1, new Block().number(ORIENTATION, 3, nonsense).read().orientation());
    }
    assertEquals(1, new Block().entry(ORIENTATION, 3, 2, 0x00060006).read().orientation());
  }

  @Test
  public void aListWhereOneNumberBelongsTakesNoMemory() {
    int count = 140_000_000; // as doubles they would not fit into the heap of tests
    Block block = new Block(count + 1000).entry(ORIENTATION, 1, count, 500);
    assertEquals(1, block.read().orientation());
  }

  @Test
  public void entriesThatLieOutsideCountAsAbsent() {
    Block block =
        new Block().entry(MAKE, 2, 50, 990).entry(MODEL, 2, -1, 8).entry(DATE_TIME, 99, 1, 0);
    assertEquals(ExifFacts.NONE, block.read().facts());
  }

  @Test
  public void xmpSpeaksOnlyWhereExifIsSilent() {
    ByteBuffer xmp =
        ByteBuffer.wrap("<a tiff:Orientation=\"8\"/>".getBytes(StandardCharsets.US_ASCII));
    assertEquals(8, Exif.read(null, xmp).orientation());
    Block block = new Block().number(ORIENTATION, 3, 3);
    assertEquals(3, Exif.read(block.bytes, xmp).orientation());
  }
}
