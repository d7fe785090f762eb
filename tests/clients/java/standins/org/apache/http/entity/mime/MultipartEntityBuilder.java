package org.apache.http.entity.mime;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.UUID;
import org.apache.http.HttpEntity;
import org.apache.http.entity.ByteArrayEntity;

/** What is used of Apache's HttpMime: one form (RFC 7578), built in memory. */
public class MultipartEntityBuilder {
  private final String boundary = UUID.randomUUID().toString();
  private final ByteArrayOutputStream form = new ByteArrayOutputStream();

  public static MultipartEntityBuilder create() {
    return new MultipartEntityBuilder();
  }

  public MultipartEntityBuilder addBinaryBody(String name, File file) {
    String head = "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"" + file.getName() + "\"\r\n"
        + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    try {
      write("--" + boundary + "\r\n" + head);
      form.write(Files.readAllBytes(file.toPath()));
      write("\r\n");
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return this;
  }

  public HttpEntity build() {
    try {
      write("--" + boundary + "--\r\n");
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    ByteArrayEntity entity = new ByteArrayEntity(form.toByteArray());
    entity.setContentType("multipart/form-data; boundary=" + boundary);
    return entity;
  }

  private void write(String text) throws IOException {
    form.write(text.getBytes(StandardCharsets.US_ASCII));
  }
}
