// What differs with the library `native`.

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.model.Problem;

class Http {
  static ApiClient client(String url, String token) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    client.setObjectMapper(mapper());
    if (token != null) client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    return client;
  }

  /** Send a file's content: this library gives it to Jackson, which would write its path. */
  static ObjectMapper mapper() {
    SimpleModule files = new SimpleModule().addSerializer(File.class, new JsonSerializer<File>() {
      @Override
      public void serialize(File file, JsonGenerator to, SerializerProvider provider) throws IOException {
        to.writeRaw(Files.readString(file.toPath()));
      }
    });
    return ApiClient.createDefaultObjectMapper().registerModule(files);
  }

  static Problem problem(ApiException refusal) throws IOException {
    return mapper().readValue(refusal.getResponseBody(), Problem.class);
  }
}
