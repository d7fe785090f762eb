// What differs with the library `okhttp-gson`.

import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.JSON;
import org.openapitools.client.model.Problem;

class Http {
  static ApiClient client(String url, String token) {
    ApiClient client = new ApiClient().setBasePath(url);
    if (token != null) client.setBearerToken(token);
    return client;
  }

  static Problem problem(ApiException refusal) {
    return JSON.getGson().fromJson(refusal.getResponseBody(), Problem.class);
  }
}
