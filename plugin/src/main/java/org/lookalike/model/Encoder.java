package org.lookalike.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Runs an artefact. The only class that knows ONNX Runtime. Thread-safe; each call computes on the
 * calling thread alone, so the plugin's pool decides how many cores are used. Closing waits for
 * calls that are running; later ones fail.
 */
public final class Encoder implements AutoCloseable {
  private static final String INPUT = "pixels";
  private static final String OUTPUT = "embedding";

  private final Artefact artefact;
  private final OrtSession session;
  // Native memory that only a collection of the heap would free; as many as calls ran at once.
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();
  // Calls share it; to free the session's native memory under one would end the JVM.
  private final ReadWriteLock use = new ReentrantReadWriteLock();
  private boolean closed;

  /**
   * Load a model into memory, after checking its hash and that the graph keeps the description's
   * promise.
   *
   * @throws ModelException if the file is not the described one or ONNX Runtime cannot run it
   */
  public Encoder(Artefact artefact) throws ModelException {
    this.artefact = artefact;
    byte[] model = artefact.verifiedModel();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = OrtEnvironment.getEnvironment().createSession(model, options);
      String fault = fault();
      if (fault != null) {
        close();
        throw new ModelException(artefact.modelFile() + ": " + fault);
      }
    } catch (OrtException | LinkageError error) {
      // A LinkageError is what a missing or foreign native library causes.
      throw new ModelException(
          "ONNX Runtime cannot run " + artefact.modelFile() + ": " + error.getMessage());
    }
  }

  public Artefact artefact() {
    return artefact;
  }

  /**
   * The embedding of one picture: {@code artefact().dimension()} numbers of unit L2 norm.
   *
   * @param pixels RGB, row-major, of a square of {@code artefact().nativeSize()} pixels
   * @throws IllegalStateException if the encoder is closed, or ONNX Runtime fails
   */
  public float[] embed(byte[] pixels) {
    int side = artefact.nativeSize();
    if (pixels.length != side * side * 3) {
      throw new IllegalArgumentException(
          "expected " + side * side * 3 + " samples, found " + pixels.length);
    }
    use.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("model [" + artefact.identity() + "] is closed");
      }
      return run(pixels);
    } finally {
      use.readLock().unlock();
    }
  }

  private float[] run(byte[] pixels) {
    int side = artefact.nativeSize();
    ByteBuffer spare = buffers.poll();
    ByteBuffer direct = spare == null ? ByteBuffer.allocateDirect(pixels.length) : spare;
    direct.clear().put(pixels).rewind();
    long[] shape = {1, side, side, 3};
    try (OnnxTensor input =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), direct, shape, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of(INPUT, input))) {
      FloatBuffer values = ((OnnxTensor) result.get(OUTPUT).orElseThrow()).getFloatBuffer();
      float[] embedding = new float[artefact.dimension()];
      values.get(embedding);
      return embedding;
    } catch (OrtException error) {
      throw new IllegalStateException("model [" + artefact.identity() + "] failed", error);
    } finally {
      buffers.offer(direct);
    }
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (closed == false) {
        closed = true;
        session.close();
      }
    } catch (OrtException error) {
      throw new IllegalStateException(error);
    } finally {
      use.writeLock().unlock();
    }
  }

  /** How the graph departs from what an artefact promises, or null. */
  private String fault() throws OrtException {
    NodeInfo input = session.getInputInfo().get(INPUT);
    NodeInfo output = session.getOutputInfo().get(OUTPUT);
    if (input == null || output == null) {
      return "expected input [pixels] and output [embedding], found "
          + session.getInputNames()
          + " and "
          + session.getOutputNames();
    }
    if (!(input.getInfo() instanceof TensorInfo pixels)
        || pixels.type != OnnxJavaType.UINT8
        || pixels.getShape().length != 4) {
      return "expected input [pixels] of UINT8 [N, H, W, 3], found " + found(input);
    }
    if (!(output.getInfo() instanceof TensorInfo vectors)
        || vectors.type != OnnxJavaType.FLOAT
        || vectors.getShape().length != 2) {
      return "expected output [embedding] of FLOAT [N, "
          + artefact.dimension()
          + "], found "
          + found(output);
    }
    if (vectors.getShape()[1] != artefact.dimension()) {
      return "model.json says ["
          + artefact.dimension()
          + "] dimensions, the graph gives "
          + Arrays.toString(vectors.getShape());
    }
    return null;
  }

  private static String found(NodeInfo node) {
    return node.getInfo() instanceof TensorInfo tensor
        ? tensor.type + " " + Arrays.toString(tensor.getShape())
        : "no tensor";
  }
}
