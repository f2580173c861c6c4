package org.lookalike.ingest;

import java.util.ArrayDeque;
import java.util.Deque;
import org.lookalike.LookalikeSettings;
import org.lookalike.embed.ImagePool;
import org.lookalike.image.ImageException;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.CheckedFunction;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.threadpool.ThreadPool;

/**
 * Where documents wait for the image pool. A bulk hands over all its documents at once; here they
 * line up, and only a few of them stand in the pool's own queue, so that a bulk neither overflows
 * it nor shuts out searches. A document that the pool rejects nevertheless waits for at most {@code
 * lookalike.ingest.max_wait} and then fails with that rejection.
 */
public final class IngestQueue {
  private static final TimeValue RETRY = TimeValue.timeValueMillis(50);
  private static final int IN_POOL_PER_THREAD = 2;

  private final ImagePool pool;
  private final ThreadPool threadPool;
  private final LookalikeSettings settings;
  private final Deque<Waiting<?>> waiting = new ArrayDeque<>();
  private int inPool;

  public IngestQueue(ImagePool pool, ThreadPool threadPool, LookalikeSettings settings) {
    this.pool = pool;
    this.threadPool = threadPool;
    this.settings = settings;
  }

  /**
   * Run work on a picture when it is its turn; the listener is called once, in the caller's
   * context.
   */
  <T> void submit(
      String base64, CheckedFunction<String, T, ImageException> work, ActionListener<T> listener) {
    ActionListener<T> inContext =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, threadPool.getThreadContext());
    synchronized (this) {
      waiting.addLast(new Waiting<>(base64, work, inContext));
    }
    fillPool();
  }

  /** Documents that wait, for the statistics. */
  public synchronized int length() {
    return waiting.size();
  }

  private void fillPool() {
    for (Waiting<?> next = takeNext(); next != null; next = takeNext()) {
      next.submit();
    }
  }

  private synchronized Waiting<?> takeNext() {
    if (waiting.isEmpty() || inPool >= pool.threads() * IN_POOL_PER_THREAD) {
      return null;
    }
    inPool++;
    return waiting.removeFirst();
  }

  private synchronized void leftPool() {
    inPool--;
  }

  private final class Waiting<T> implements ActionListener<T> {
    private final String base64;
    private final CheckedFunction<String, T, ImageException> work;
    private final ActionListener<T> listener;
    private long firstRejection;

    Waiting(
        String base64,
        CheckedFunction<String, T, ImageException> work,
        ActionListener<T> listener) {
      this.base64 = base64;
      this.work = work;
      this.listener = listener;
    }

    void submit() {
      pool.submit(base64, work, this);
    }

    @Override
    public void onResponse(T result) {
      leftPool();
      fillPool();
      listener.onResponse(result);
    }

    @Override
    public void onFailure(Exception problem) {
      long now = System.nanoTime();
      if (ExceptionsHelper.status(problem) == RestStatus.TOO_MANY_REQUESTS) {
        firstRejection = firstRejection == 0 ? now : firstRejection;
        if (now - firstRejection < settings.ingestMaxWait().nanos() && comesAgain()) {
          return;
        }
      }
      leftPool();
      fillPool();
      listener.onFailure(problem);
    }

    private boolean comesAgain() {
      try {
        threadPool.schedule(this::submit, RETRY, ThreadPool.Names.GENERIC);
        return true;
      } catch (OpenSearchRejectedExecutionException closing) {
        return false;
      }
    }
  }
}
