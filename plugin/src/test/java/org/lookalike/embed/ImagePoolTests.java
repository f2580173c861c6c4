package org.lookalike.embed;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.lessThan;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.lookalike.image.ImageException;
import org.opensearch.common.CheckedFunction;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.FixedExecutorBuilder;
import org.opensearch.threadpool.TestThreadPool;

/** Whatever work does, its listener is called once, and the memory is given back. */
public class ImagePoolTests extends OpenSearchTestCase {
  private static final int QUEUE = 5;
  private static final String TEXT = "a".repeat(100);

  private final Room room = new Room(100_000);
  private final LookalikeStats stats = new LookalikeStats();
  private TestThreadPool threads;
  private ImagePool pool;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    threads =
        new TestThreadPool(
            getTestName(),
            new FixedExecutorBuilder(Settings.EMPTY, ImagePool.NAME, 1, QUEUE, "thread_pool.test"));
    pool = new ImagePool(threads, room.memory(), stats);
  }

  @Override
  public void tearDown() throws Exception {
    terminate(threads);
    super.tearDown();
  }

  public void testEachListenerIsCalledOnceAndNoMemoryIsKept() throws Exception {
    List<CheckedFunction<String, String, ImageException>> works =
        List.of(
            text -> text,
            text -> {
              throw new ImageException(ImageException.Kind.DAMAGED, "damaged image: torn");
            },
            text -> {
              throw new IllegalStateException("a fault");
            },
            text -> {
              throw new StackOverflowError();
            },
            text -> {
              throw new OutOfMemoryError();
            });
    int count = 400;
    Answers answers = new Answers(count);
    for (int i = 0; i < count; i++) {
      pool.submit(TEXT, works.get(i % works.size()), answers);
    }
    answers.await();
    assertThat(answers.rejections(), greaterThan(0L));
    assertThat(answers.rejections(), lessThan((long) count));
    assertEquals(0, room.getUsed());
    Answers later = new Answers(1);
    pool.submit(TEXT, text -> text, later);
    assertEquals(List.of(TEXT), later.await());
    assertEquals(count, answers.await().size());
  }

  public void testFaultsAreTold() throws Exception {
    assertThat(
        onlyAnswer(
            text -> {
              throw new ImageException(ImageException.Kind.DAMAGED, "damaged image: torn");
            }),
        instanceOf(IllegalArgumentException.class));
    Exception error =
        (Exception)
            onlyAnswer(
                text -> {
                  throw new StackOverflowError();
                });
    assertThat(error.getMessage(), containsString("unexpected while embedding a picture"));
  }

  public void testAListenerThatFailsLeavesThePoolAlive() throws Exception {
    for (Throwable thrown : List.of(new IllegalStateException("a fault"), new AssertionError())) {
      pool.submit(
          TEXT,
          text -> text,
          new ActionListener<String>() {
            @Override
            public void onResponse(String text) {
              sneakyThrow(thrown);
            }

            @Override
            public void onFailure(Exception problem) {
              throw new AssertionError("called twice", problem);
            }
          });
      assertEquals(TEXT, onlyAnswer(text -> text));
    }
  }

  public void testTextThatNeverFitsAndTextThatDoesNotFitNow() throws Exception {
    Answers never = new Answers(1);
    pool.submit("a".repeat(100_001), text -> text, never);
    Exception problem = (Exception) never.await().getFirst();
    assertThat(problem, instanceOf(IllegalArgumentException.class));
    assertThat(problem.getMessage(), containsString("would need [100001] bytes of memory"));

    CountDownLatch go = new CountDownLatch(1);
    Answers first = new Answers(1);
    pool.submit(
        "a".repeat(60_000),
        text -> {
          awaitQuietly(go);
          return "first";
        },
        first);
    Answers second = new Answers(1);
    pool.submit("b".repeat(60_000), text -> "second", second);
    assertThat(second.await().getFirst(), instanceOf(CircuitBreakingException.class));
    go.countDown();
    assertEquals(List.of("first"), first.await());
    assertEquals(0, room.getUsed());
  }

  public void testABreakerThatIsOffHoldsEverything() {
    PictureMemory memory = new PictureMemory();
    memory.set(new NoopCircuitBreaker("lookalike")); // its limit is -1, as that of one set to -1
    memory.reserve(1L << 40).close();
  }

  public void testWhatTheMemoryHasNoRoomForNowIsCountedAsRejected() throws Exception {
    String tooLong = "a".repeat(100_001);
    Answers never = new Answers(1);
    pool.submit(tooLong, text -> text, never);
    never.await();
    assertEquals(0L, (long) stats.counts().get("rejected"));
    room.addWithoutBreaking(100_000);
    Answers full = new Answers(1);
    pool.submit(TEXT, text -> text, full);
    full.await();
    room.addWithoutBreaking(-100_000);
    assertEquals(1L, (long) stats.counts().get("rejected"));
    Object pixels =
        onlyAnswer(
            text -> {
              room.memory().reserve(99_950);
              return text;
            });
    assertThat(pixels, instanceOf(CircuitBreakingException.class));
    assertEquals(2L, (long) stats.counts().get("rejected"));
  }

  public void testListenersAreCalledInTheCallersContextAndNotOnThePool() throws Exception {
    Answers answers = new Answers(2);
    ActionListener<String> telling =
        ActionListener.wrap(
            text ->
                answers.onResponse(
                    threads.getThreadContext().getHeader("user")
                        + " "
                        + Thread.currentThread().getName().contains("[generic]")),
            answers::onFailure);
    for (String user : List.of("anna", "bert")) {
      try (ThreadContext.StoredContext ignored = threads.getThreadContext().stashContext()) {
        threads.getThreadContext().putHeader("user", user);
        pool.submit(TEXT, text -> text, telling);
      }
    }
    assertEquals(List.of("anna true", "bert true"), answers.await().stream().sorted().toList());
  }

  private Object onlyAnswer(CheckedFunction<String, String, ImageException> work)
      throws InterruptedException {
    Answers answers = new Answers(1);
    pool.submit(TEXT, work, answers);
    return answers.await().getFirst();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneakyThrow(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
