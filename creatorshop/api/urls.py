from creatorshop.api.app import api_root, nothing_here

urlpatterns = [api_root, nothing_here]
