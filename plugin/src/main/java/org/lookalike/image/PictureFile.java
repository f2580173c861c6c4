package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A file of one format whose header has been read. */
interface PictureFile {

  /** Pixels as stored, before orientation. */
  int width();

  int height();

  /** What it says of itself: the block that begins with a TIFF header, or null. */
  ByteBuffer exif();

  /** Its XMP packet, or null; some programs write the orientation only there. */
  ByteBuffer xmp();

  /**
   * The most that {@link #decode} holds at once, native memory included, for pixels kept at full
   * scale.
   */
  long memoryBytes();

  /**
   * The pixels as stored. A file that can be read at reduced scale is, by 2, 4 or 8, as long as
   * both sides keep {@code enough} pixels.
   *
   * @throws IOException if the file is damaged; so does any unchecked exception
   */
  Pixels decode(Deadline deadline, int enough) throws IOException, ImageException;
}
