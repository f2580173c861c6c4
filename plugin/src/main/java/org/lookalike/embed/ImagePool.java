package org.lookalike.embed;

import java.util.concurrent.ThreadPoolExecutor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.lookalike.embed.LookalikeStats.Stage;
import org.lookalike.image.ImageException;
import org.opensearch.common.CheckedFunction;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.FixedExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;

/**
 * The threads that decode and embed, so that pictures take neither the threads of searches nor more
 * cores than the owner gave.
 *
 * <p>Listeners are called on the node's generic threads, for whatever goes on after a picture (a
 * search, a bulk) is not this pool's work, and whatever it throws must not meet this pool's
 * threads: an {@link Error} there would end the node.
 */
public final class ImagePool {
  /**
   * The pool's name in {@code _cat/thread_pool} and in the settings {@code
   * thread_pool.lookalike.*}.
   */
  public static final String NAME = "lookalike";

  private static final int QUEUE = 200;
  private static final Logger LOGGER = LogManager.getLogger(ImagePool.class);

  private final ThreadPool threadPool;
  private final PictureMemory memory;
  private final LookalikeStats stats;

  public ImagePool(ThreadPool threadPool, PictureMemory memory, LookalikeStats stats) {
    this.threadPool = threadPool;
    this.memory = memory;
    this.stats = stats;
  }

  /** Half of the cores, at least one, and a queue that is short enough to be waited for. */
  public static ExecutorBuilder<?> executor(Settings settings) {
    int threads = Math.max(1, OpenSearchExecutors.allocatedProcessors(settings) / 2);
    return new FixedExecutorBuilder(settings, NAME, threads, QUEUE, "thread_pool." + NAME);
  }

  /** How many pictures are worked on at once, as the node's owner has last set it. */
  public int threads() {
    // The pool's own description keeps the number that the node started with.
    return ((ThreadPoolExecutor) threadPool.executor(NAME)).getMaximumPoolSize();
  }

  /**
   * Run work on a picture on the pool.
   *
   * @param base64 the picture as text, which is held until the work is done
   * @param listener gets the work's result, or an {@link IllegalArgumentException} (400) for a bad
   *     picture, or a rejection (429) if the queue or the memory is full; never on the calling
   *     thread, so that it may submit the next picture however many fail
   */
  public <T> void submit(
      String base64, CheckedFunction<String, T, ImageException> work, ActionListener<T> listener) {
    Releasable held;
    try {
      held = memory.reserve(base64.length());
    } catch (RuntimeException full) {
      Exception answer = answerTo(full);
      handOn(() -> listener.onFailure(answer));
      return;
    }
    long submitted = System.nanoTime();
    try {
      threadPool
          .executor(NAME)
          .execute(
              () -> {
                stats.took(Stage.QUEUE, System.nanoTime() - submitted);
                Runnable answer;
                try (held) {
                  answer = run(base64, work, listener);
                }
                handOn(answer);
              });
    } catch (OpenSearchRejectedExecutionException full) {
      held.close();
      stats.rejected();
      Exception answer =
          new OpenSearchRejectedExecutionException(
              "too many pictures at once: the queue of the thread pool ["
                  + NAME
                  + "] is full; try again later",
              full.isExecutorShutdown());
      handOn(() -> listener.onFailure(answer));
    }
  }

  private <T> Runnable run(
      String base64, CheckedFunction<String, T, ImageException> work, ActionListener<T> listener) {
    try {
      T result = work.apply(base64);
      return () -> listener.onResponse(result);
    } catch (Throwable problem) {
      Exception answer = answerTo(problem);
      return () -> listener.onFailure(answer);
    }
  }

  private Exception answerTo(Throwable problem) {
    return switch (problem) {
      case ImageException bad -> {
        stats.failed(bad.kind());
        yield new IllegalArgumentException("[image] " + bad.getMessage());
      }
      case CircuitBreakingException full -> {
        stats.rejected();
        yield full;
      }
      case OutOfMemoryError full -> {
        stats.rejected();
        yield new OpenSearchRejectedExecutionException(
            "not enough memory for the picture; try again later", false);
      }
      case Exception other -> other;
      default -> {
        LOGGER.error("unexpected while embedding a picture", problem);
        yield new IllegalStateException("unexpected while embedding a picture: " + problem);
      }
    };
  }

  private void handOn(Runnable answer) {
    try {
      threadPool.generic().execute(() -> deliver(answer));
    } catch (OpenSearchRejectedExecutionException shutDown) {
      deliver(answer); // the node is closing; nobody shall wait in vain
    }
  }

  private static void deliver(Runnable answer) {
    try {
      answer.run();
    } catch (Throwable problem) {
      LOGGER.error("what goes on after a picture failed", problem);
    }
  }
}
