package org.lookalike.ingest;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.lookalike.LookalikeSettings;
import org.lookalike.embed.Answers;
import org.lookalike.embed.ImagePool;
import org.lookalike.embed.LookalikeStats;
import org.lookalike.embed.Room;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.FixedExecutorBuilder;
import org.opensearch.threadpool.TestThreadPool;

/** A bulk of any size passes a short queue, each of its documents answered once. */
public class IngestQueueTests extends OpenSearchTestCase {
  private static final int QUEUE = 5;
  private static final int MANY = 10_000; // deeper than a stack, if one called the next

  private final Room room = new Room(1_000);
  private TestThreadPool threads;
  private ImagePool pool;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    threads =
        new TestThreadPool(
            getTestName(),
            new FixedExecutorBuilder(Settings.EMPTY, ImagePool.NAME, 1, QUEUE, "thread_pool.test"));
    pool = new ImagePool(threads, room.memory(), new LookalikeStats());
  }

  @Override
  public void tearDown() throws Exception {
    terminate(threads);
    super.tearDown();
  }

  public void testManyDocumentsPassAShortQueueWithoutARejection() throws Exception {
    IngestQueue queue = queue("0s");
    Answers answers = new Answers(MANY);
    IntStream.range(0, MANY)
        .forEach(number -> queue.submit("a", text -> String.valueOf(number), answers));
    List<Object> told = answers.await();
    assertEquals(MANY, new HashSet<>(told).size());
    assertEquals(0, answers.rejections());
    assertEquals(0, queue.length());
    assertEquals(0, room.getUsed());
  }

  public void testManyDocumentsThatFailAtOnceAreEachAnswered() throws Exception {
    IngestQueue queue = queue("0s");
    Answers answers = new Answers(MANY);
    String tooLong = "a".repeat(1_001);
    for (int i = 0; i < MANY; i++) {
      queue.submit(tooLong, text -> text, answers);
    }
    assertEquals(MANY, answers.await().size());
    Answers later = new Answers(1);
    queue.submit("a", text -> text, later);
    assertEquals(List.of("a"), later.await());
  }

  public void testADocumentWaitsWhileThePoolIsFullAndFailsWhenTheWaitIsOver() throws Exception {
    room.addWithoutBreaking(1_000);
    Answers impatient = new Answers(1);
    queue("0s").submit("a", text -> text, impatient);
    impatient.await();
    assertEquals(1, impatient.rejections());
    Answers patient = new Answers(1);
    queue("30s").submit("a", text -> text, patient);
    Thread.sleep(200);
    room.addWithoutBreaking(-1_000);
    assertEquals(List.of("a"), patient.await());
  }

  public void testEachDocumentGoesOnInTheContextOfItsOwnBulk() throws Exception {
    IngestQueue queue = queue("0s");
    int count = 100;
    Answers answers = new Answers(count);
    for (int i = 0; i < count; i++) {
      String user = "user " + i;
      ActionListener<String> telling =
          ActionListener.wrap(
              text ->
                  answers.onResponse(
                      text.equals(threads.getThreadContext().getHeader("user")) ? "own" : "other"),
              answers::onFailure);
      try (ThreadContext.StoredContext ignored = threads.getThreadContext().stashContext()) {
        threads.getThreadContext().putHeader("user", user);
        queue.submit("a", text -> user, telling);
      }
    }
    assertEquals(Collections.nCopies(count, "own"), answers.await());
  }

  private IngestQueue queue(String maxWait) {
    Settings settings = Settings.builder().put("lookalike.ingest.max_wait", maxWait).build();
    ClusterSettings dynamic = new ClusterSettings(settings, new HashSet<>(LookalikeSettings.all()));
    return new IngestQueue(pool, threads, new LookalikeSettings(settings, dynamic));
  }
}
