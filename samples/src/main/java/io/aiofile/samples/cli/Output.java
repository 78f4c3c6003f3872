package io.aiofile.samples.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The standard output, whose failures are told apart from those of the files at work. */
public final class Output extends OutputStream {

  /** The standard output can't be written. */
  public static final class Failed extends IOException {
    private static final long serialVersionUID = 1L;

    Failed(IOException cause) {
      super("standard output: " + cause.getMessage(), cause);
    }

    /** Whether nobody reads it any more, which is how {@code | head} ends. */
    public boolean isUnread() {
      return String.valueOf(getMessage()).contains("Broken pipe");
    }
  }

  private final OutputStream stream;

  public Output(OutputStream stream) {
    this.stream = stream;
  }

  @Override
  public void write(int letter) throws IOException {
    write(new byte[] {(byte) letter}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int index, int length) throws IOException {
    try {
      stream.write(bytes, index, length);
    } catch (IOException e) {
      throw new Failed(e);
    }
  }

  /** Writes text and a line's end. */
  public void line(String text) throws IOException {
    write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
