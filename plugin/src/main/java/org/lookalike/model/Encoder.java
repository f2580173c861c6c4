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
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Runs an artefact. The only class that knows ONNX Runtime. Thread-safe; each call computes on the
 * calling thread alone, so the plugin's pool decides how many cores are used.
 */
public final class Encoder implements AutoCloseable {
  private static final String INPUT = "pixels";
  private static final String OUTPUT = "embedding";

  private final Artefact artefact;
  private final OrtSession session;
  // Native memory that only a collection of the heap would free; as many as calls ran at once.
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

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
      requireContract();
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
   */
  public float[] embed(byte[] pixels) {
    int side = artefact.nativeSize();
    if (pixels.length != side * side * 3) {
      throw new IllegalArgumentException(
          "expected " + side * side * 3 + " samples, found " + pixels.length);
    }
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
    try {
      session.close();
    } catch (OrtException error) {
      throw new IllegalStateException(error);
    }
  }

  private void requireContract() throws OrtException, ModelException {
    NodeInfo input = session.getInputInfo().get(INPUT);
    NodeInfo output = session.getOutputInfo().get(OUTPUT);
    if (input == null || output == null) {
      close();
      throw new ModelException(
          artefact.modelFile()
              + ": expected input [pixels] and output [embedding], found "
              + session.getInputNames()
              + " and "
              + session.getOutputNames());
    }
    long[] shape = ((TensorInfo) output.getInfo()).getShape();
    if (shape.length != 2 || shape[1] != artefact.dimension()) {
      close();
      throw new ModelException(
          artefact.modelFile()
              + ": model.json says ["
              + artefact.dimension()
              + "] dimensions, the graph gives "
              + java.util.Arrays.toString(shape));
    }
  }
}
