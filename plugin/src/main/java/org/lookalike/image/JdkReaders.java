package org.lookalike.image;

import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The JDK's own decoders, whatever others the class path adds, and told to stop when time is up.
 */
final class JdkReaders {

  private static final String PACKAGE = "com.sun.imageio.";

  private JdkReaders() {}

  /** The provider for a format; its readers are made for one picture each. */
  static ImageReaderSpi provider(String format) {
    for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        readers.hasNext(); ) {
      ImageReaderSpi provider = readers.next().getOriginatingProvider();
      if (provider != null && provider.getClass().getName().startsWith(PACKAGE)) {
        return provider;
      }
    }
    throw new IllegalStateException(
        "this Java has no decoder for " + format + "; it needs the module java.desktop");
  }

  /** A listener that aborts the reader at the first progress after the deadline. */
  static IIOReadProgressListener abortAt(Deadline deadline) {
    return new ProgressListener() {
      @Override
      public void imageProgress(ImageReader source, float percentageDone) {
        if (deadline.hasPassed()) {
          source.abort();
        }
      }
    };
  }

  /** All of the listener's events, ignored. */
  private abstract static class ProgressListener implements IIOReadProgressListener {
    @Override
    public void sequenceStarted(ImageReader source, int minIndex) {}

    @Override
    public void sequenceComplete(ImageReader source) {}

    @Override
    public void imageStarted(ImageReader source, int imageIndex) {}

    @Override
    public void imageComplete(ImageReader source) {}

    @Override
    public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

    @Override
    public void thumbnailProgress(ImageReader source, float percentageDone) {}

    @Override
    public void thumbnailComplete(ImageReader source) {}

    @Override
    public void readAborted(ImageReader source) {}
  }
}
